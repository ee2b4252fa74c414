#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What nobody else sees: private keys in memory and core dumps, PINs and passphrases; and what is left when a command that makes or
uses a key is killed at any of its system calls.
secrets.py TOOL KEYS AT-SYSTEM-CALL (support/at_system_call.cpp) FAULTY-MODULE (sign/signer/faulty_token.cpp) [TEST...]
MODSIG_KILL_POINTS=all kills at every call with every signal; otherwise each signal takes its turn."""
import base64
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write
from install import has_factor, memory

TOOL = KEYS = AT_CALL = FAULTY = ""
SOFTHSM = next(iter(glob.glob("/usr/lib/softhsm/libsofthsm2.so") + glob.glob("/usr/lib/*/softhsm/libsofthsm2.so")), "")
PAYLOAD = b"modsig example payload\n"
PIN, SECRET = "4711-pin-of-the-token", "open sesame, and quickly"
POOL = {"BOTAN_MLOCK_POOL_SIZE": "16"}  # or most calls are those that lock and unlock Botan's pages one by one
counts = {"kills": 0, "memories": 0}


def key(name):
    return os.path.join(KEYS, name + ".key.pem")


def cert(name):
    return os.path.join(KEYS, name + ".cert.pem")


def modulus(path, form="PEM"):
    return int(must("openssl", "x509", "-in", path, "-inform", form, "-noout", "-modulus").decode().split("=")[1], 16)


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-secrets-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        write("m.ko", PAYLOAD)


class Killed(InFolder):
    """Each command once for each of its system calls, in a folder of its own."""

    signals = ((signal.SIGKILL, "caller"), (signal.SIGTERM, "first"), (signal.SIGINT, "all"))

    def kill_everywhere(self, prepare, command, judge, *more, places_a_name=False):
        """`prepare(folder)`, then the command in it; `judge(folder, was SIGKILL)` looks at what is left. Names other than those that
        judge knows are for this function: one temporary name, of mode 0600, after SIGKILL where a file is replaced."""
        def in_folder(arguments):
            folder = tempfile.mkdtemp(prefix="run-", dir=self.folder)
            prepare(folder)
            return folder, subprocess.run([AT_CALL, *arguments, *more, "--", TOOL, *command], cwd=folder, capture_output=True, timeout=120, check=False,
                                          env={**os.environ, **POOL}, stdin=subprocess.DEVNULL)
        folder, whole = in_folder(["count"])
        self.assertEqual(whole.returncode, 0, whole.stderr.decode())
        calls = int(whole.stdout.split()[-1])
        self.assertGreater(calls, 50)
        judge(folder, False, True)

        def one(work):
            at, (number, whom) = work
            folder, done = in_folder(["kill", str(at), str(int(number)), whom])
            told = f"{number.name} for {whom} at call {at} of {calls}: exit {done.returncode}, {sorted(os.listdir(folder))}\n{done.stderr.decode()}"
            try:
                self.assertIn(done.returncode, (0, 7, 124, 128 + number), told)  # 7: the agent is gone; 0: at its last breath
                names = sorted(os.listdir(folder))
                temporary = [name for name in names if name.endswith("~")]
                if temporary:
                    self.assertTrue(places_a_name and number == signal.SIGKILL and len(temporary) == 1, told)
                    self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, temporary[0])).st_mode), 0o600, told)
                    os.remove(os.path.join(folder, temporary[0]))
                judge(folder, number == signal.SIGKILL, done.returncode == 0)
            except AssertionError as error:
                raise AssertionError(f"{told}\n{error}") from error
            shutil.rmtree(folder)
            return done.returncode != 124
        every = os.environ.get("MODSIG_KILL_POINTS") == "all"
        work = [(at, chosen) for at in range(1, calls + 1) for i, chosen in enumerate(self.signals) if every or at % len(self.signals) == i]
        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            killed = sum(pool.map(one, work))
        counts["kills"] += killed
        self.assertGreater(killed, len(work) * 3 // 4)  # how many calls there are depends a little on which process is faster
        print(f"{' '.join(command[:2])}: {killed} kill points of {calls} system calls", flush=True)

    @staticmethod
    def nothing(folder):
        pass

    def judge_genkey(self, folder, was_sigkill, is_done, old=None):
        names = set(os.listdir(folder))
        self.assertLessEqual(names, {"k.pem", "k.x509", "k.digsig"})
        is_new = "k.pem" in names and (old is None or read(f"{folder}/k.pem") != old["k.pem"])
        if is_new:
            self.assertEqual(stat.S_IMODE(os.stat(f"{folder}/k.pem").st_mode), 0o600)
            text = read(f"{folder}/k.pem").decode()
            blocks = re.findall(r"-----BEGIN ([A-Z ]+)-----\n(.*?)-----END \1-----\n", text, re.S)
            self.assertEqual([label for label, _ in blocks], ["PRIVATE KEY", "CERTIFICATE"])
            self.assertEqual(base64.b64decode(blocks[1][1]), read(f"{folder}/k.x509"))
        if is_done:
            self.assertTrue(is_new)
        if old is None and not was_sigkill:  # all or nothing
            self.assertIn(names, ({"k.pem", "k.x509"}, set()))
        if old is not None:
            self.assertLessEqual({"k.pem", "k.x509"}, names)

    def test_genkey(self):
        self.kill_everywhere(self.nothing, ["genkey", "--type", "ecdsa-p256", "--out", "k.pem"], self.judge_genkey)

    def test_genkey_without_unnamed_files(self):
        # SIGKILL leaves what it likes there: every file in the making has a temporary name.
        original = self.signals
        self.signals = original[1:]
        try:
            self.kill_everywhere(self.nothing, ["genkey", "--type", "ecdsa-p256", "--out", "k.pem"], self.judge_genkey, "--no-unnamed-files")
        finally:
            self.signals = original

    def test_genkey_over_another_key(self):
        must(TOOL, "genkey", "--type", "ecdsa-p256", "--out", "k.pem")
        old = {name: read(name) for name in ("k.pem", "k.x509")}

        def prepare(folder):
            for name, content in old.items():
                os.chmod(write(f"{folder}/{name}", content), 0o600 if name == "k.pem" else 0o644)
        self.kill_everywhere(prepare, ["genkey", "--force", "--type", "ecdsa-p256", "--out", "k.pem"],
                             lambda *judged: self.judge_genkey(*judged, old=old), places_a_name=True)

    def plain(self, folder):
        write(f"{folder}/m.ko", PAYLOAD)

    def test_sign(self):
        must(TOOL, "sign", "sha256", key("p256"), cert("p256"), "m.ko", "wanted.ko")
        wanted = read("wanted.ko")

        def judge(folder, _, is_done):
            names = set(os.listdir(folder))
            self.assertLessEqual(names, {"m.ko", "out.ko"})
            self.assertEqual(read(f"{folder}/m.ko"), PAYLOAD)
            if is_done or "out.ko" in names:
                self.assertEqual(read(f"{folder}/out.ko"), wanted)
        self.kill_everywhere(self.plain, ["sign", "sha256", key("p256"), cert("p256"), "m.ko", "out.ko"], judge)

    def test_sign_in_place(self):
        for more in [], ["--no-unnamed-files"]:
            must(TOOL, "sign", "sha256", key("p256"), cert("p256"), "m.ko", f"wanted{len(more)}.ko")
            wanted = read(f"wanted{len(more)}.ko")

            def judge(folder, _, is_done):
                self.assertEqual(os.listdir(folder), ["m.ko"])
                self.assertIn(read(f"{folder}/m.ko"), (wanted,) if is_done else (PAYLOAD, wanted))
            self.kill_everywhere(self.plain, ["sign", "sha256", key("p256"), cert("p256"), "m.ko"], judge, *more, places_a_name=True)

    def test_sign_with_a_command(self):
        must(TOOL, "sign", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko", "wanted.ko")
        wanted = read("wanted.ko")

        def judge(folder, _, is_done):
            self.assertIn(read(f"{folder}/m.ko"), (wanted,) if is_done else (PAYLOAD, wanted))
        self.kill_everywhere(self.plain, ["sign", "sha256", f"command:openssl rsautl -sign -inkey {key('rsa2048')} 2>/dev/null", cert("rsa2048"), "m.ko"], judge,
                             places_a_name=True)


class Held:
    """A command that stands still at one of its system calls, its memory and what others see of its processes."""

    def __init__(self, whom, call, command, number=1, **environment):
        env = {k: v for k, v in os.environ.items() if k != "KBUILD_SIGN_PIN"}
        self.program = subprocess.Popen([AT_CALL, "hold", whom, call, str(number), "--", TOOL, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**env, **environment})
        line = self.program.stdout.readline()
        if not line.strip():
            raise AssertionError(f"{command}: it never came to {call}: {self.program.communicate()[1].decode()}")
        self.ids = [int(word) for word in line.split()]
        self.memories = {number: memory(number) for number in self.ids}
        counts["memories"] += len(self.ids)
        self.seen = b"".join(read(f"/proc/{number}/{what}") for number in self.ids for what in ("cmdline", "environ"))

    def first(self):
        return self.memories[self.ids[0]]

    def agent(self):
        return self.memories[self.ids[1]]

    def end(self):
        out, errors = self.program.communicate(timeout=120)
        return self.program.returncode, (out + errors).decode()


@unittest.skipUnless(os.geteuid() == 0, "only root reads the memory of a hardened process")
class Memory(InFolder):
    def core(self, command, **environment):
        """Of the command's own process when it ends."""
        must("gdb", "-nx", "-batch", "-ex", "set breakpoint pending on", "-ex", "catch syscall exit_group", "-ex", "run", "-ex", "generate-core-file core", "--args",
             TOOL, *command, **environment)
        core = read("core")
        os.remove("core")
        self.assertGreater(len(core), 100_000)
        return core

    def pem_line(self, path):
        line = read(path).splitlines()[5]
        self.assertEqual(len(line), 64)
        return line

    def nowhere(self, command, n, texts, needs_agent=True, **environment):
        """Neither a divisor of n nor one of the texts is in the memory of the first process, while the agent has its key and when all is done,
        or in a core dump of it; no secret is where others can read it. Returns what was in the agent."""
        texts = [text if isinstance(text, bytes) else text.encode() for text in texts]
        agent = []
        if needs_agent:
            held = Held("child", "sendto", command, number=3, **environment)  # a signature, after head and bytes of the public half
            agent = held.agent()
            self.absent(held.first(), n, texts, "while the agent has the key")
            for text in texts:
                self.assertFalse(text in held.seen, "a command line or an environment")
            self.assertEqual(held.end()[0], 0)
            self.remove_outputs()
            ended = Held("child", "exit_group", command, **environment)
            for text in texts:
                self.assertFalse(any(text in piece for piece in ended.agent()), "the agent's memory when it has signed")
            self.assertEqual(ended.end()[0], 0)
            self.remove_outputs()
        ended = Held("first", "exit_group", command, **environment)
        self.absent(ended.first(), n, texts, "when all is done")
        for text in texts:
            self.assertFalse(text in ended.seen, "a command line or an environment")
        self.assertEqual(ended.end()[0], 0)
        self.remove_outputs()
        if shutil.which("gdb"):
            self.absent([self.core(command, **environment)], n, texts, "a core dump")
            self.remove_outputs()
        return agent

    @staticmethod
    def remove_outputs():
        for name in "out.ko", "k.pem", "k.x509", "k.digsig":
            if os.path.exists(name):
                os.remove(name)

    def absent(self, pieces, n, texts, when):
        self.assertGreater(sum(map(len, pieces)), 100_000)
        for piece in pieces:
            self.assertFalse(n and has_factor(piece, n), f"a prime of the key: {when}")
            for text in texts:
                self.assertFalse(text in piece, f"{text}: {when}")

    def test_genkey(self):
        command = ["genkey", "--type", "rsa2048", "--out", "k.pem"]
        held = Held("child", "sendto", command)  # its answer, when the files are there
        n = modulus("k.x509", "DER")
        line = self.pem_line("k.pem")
        self.assertTrue(any(has_factor(piece, n) for piece in held.agent()), "the scan does not find the key in the process that makes it")
        self.absent(held.first(), n, [line], "while the agent has the key")
        self.assertEqual(held.end()[0], 0)
        self.remove_outputs()
        ended = Held("first", "exit_group", command)
        self.absent(ended.first(), modulus("k.x509", "DER"), [self.pem_line("k.pem")], "when all is done")
        self.assertEqual(ended.end()[0], 0)
        self.remove_outputs()
        core = self.core(command)
        self.absent([core], modulus("k.x509", "DER"), [self.pem_line("k.pem")], "a core dump")

    def test_a_key_in_a_file(self):
        both = write("both.pem", read(key("rsa2048")) + read(cert("rsa2048")))
        n, line = modulus(both), self.pem_line(both)
        for certificate in cert("rsa2048"), both:
            agent = self.nowhere(["sign", "sha256", both, certificate, "m.ko", "out.ko"], n, [line])
            self.assertTrue(any(has_factor(piece, n) for piece in agent), "the scan does not find the key in the agent")

    def test_an_encrypted_key(self):
        n = modulus(cert("rsa2048"))
        must("openssl", "rsa", "-traditional", "-aes256", "-in", key("rsa2048"), "-out", "old.pem", "-passout", f"pass:{SECRET}")
        must("openssl", "pkcs8", "-topk8", "-in", key("rsa2048"), "-out", "new.pem", "-passout", f"pass:{SECRET}")
        must("openssl", "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", key("rsa2048"), "-out", "v1.pem", "-passout", f"pass:{SECRET}")
        for path in "old.pem", "new.pem", "v1.pem":
            self.nowhere(["sign", "sha256", path, cert("rsa2048"), "m.ko", "out.ko"], n, [SECRET], KBUILD_SIGN_PIN=SECRET)
            # An agent that was not asked anything still has neither variable.
            self.nowhere(["sign", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko", "out.ko"], n, [SECRET], EVMCTL_KEY_PASSWORD=SECRET)

    def test_a_command(self):
        n, line = modulus(cert("rsa2048")), self.pem_line(key("rsa2048"))
        write("signs", b"tr '\\0' '\\n' </proc/$PPID/environ >environ.supervisor; env >environ.child; exec openssl rsautl -sign -inkey '%s' 2>/dev/null\n" % key("rsa2048").encode())
        self.nowhere(["sign", "sha256", "command:. ./signs", cert("rsa2048"), "m.ko", "out.ko"], n, [line, SECRET], needs_agent=False, KBUILD_SIGN_PIN=SECRET)
        for name in "environ.child", "environ.supervisor":
            self.assertIn(b"MODSIG_LAYOUT" if name == "environ.child" else b"PATH", read(name))
            self.assertNotIn(SECRET.encode(), read(name))

    @unittest.skipUnless(SOFTHSM and shutil.which("softhsm2-util"), "no SoftHSM")
    def test_a_token(self):
        os.mkdir("tokens")
        write("softhsm2.conf", f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n".encode())
        told = {"SOFTHSM2_CONF": f"{self.folder}/softhsm2.conf"}
        must("softhsm2-util", "--init-token", "--free", "--label", "first", "--pin", PIN, "--so-pin", "so-pin-so-pin", **told)
        must("softhsm2-util", "--import", key("rsa2048"), "--token", "first", "--label", "k", "--id", "01", "--pin", PIN, **told)
        n, named = modulus(cert("rsa2048")), "pkcs11:token=first;object=k"
        for uri in f"{named}?pin-value={PIN}", f"pkcs11:pin-value={PIN};token=first;object=k", f"{named}?pin-value={PIN.replace('-', '%2d')}&module-path={SOFTHSM}":
            self.nowhere(["sign", "sha256", uri, cert("rsa2048"), "m.ko", "out.ko"], n, [PIN, PIN.replace("-", "%2d")], **told)
        self.nowhere(["sign", "sha256", named, cert("rsa2048"), "m.ko", "out.ko"], n, [PIN], KBUILD_SIGN_PIN=PIN, **told)
        write("pin", PIN.encode() + b"\n")
        self.nowhere(["sign", "sha256", f"{named}?pin-source=file:{self.folder}/pin", cert("rsa2048"), "m.ko", "out.ko"], n, [PIN], **told)

    def test_who_reads_only_the_certificate(self):
        both = write("both.pem", read(key("rsa2048")) + read(cert("rsa2048")))
        n, line = modulus(both), self.pem_line(both)
        must(TOOL, "sign", "sha256", both, both, "m.ko", "signed.ko")
        must(TOOL, "sign", "-d", "sha256", both, both, "m.ko")
        os.makedirs("folder")
        shutil.copy(both, "folder/both.pem")
        for command in (["attach", "--cert", both, "m.ko.p7s", "m.ko", "out.ko"], ["verify", "--trust", both, "signed.ko"], ["verify", "--trust", "folder", "signed.ko"],
                        ["verify", "--trust", both, "--revoked", cert("p256"), "signed.ko"], ["inspect", "--trust", both, "signed.ko"], ["keys", both],
                        ["digest", "--layout", "digsig", "--cert", both, "m.ko"]):
            with self.subTest(command=command):
                self.nowhere(command, n, [line], needs_agent=False)


class SwappedLinks(InFolder):
    """Somebody else's folder: while the key is asked for, the file becomes a link to a file of the administrator's."""

    def swapped(self, command, before=lambda: None):
        os.makedirs("theirs", exist_ok=True)
        for name in "m.ko", "victim":
            write("theirs/m.ko" if name == "m.ko" else name, PAYLOAD + name.encode())
        before()
        status = os.stat("victim")
        held = Held("first", "recvfrom", command, number=3)  # two for the public half; now it waits for the signature
        os.rename("theirs/m.ko", "theirs/kept")
        os.symlink("../victim", "theirs/m.ko")
        code, said = held.end()
        self.assertEqual(read("victim"), PAYLOAD + b"victim")
        self.assertEqual(os.listxattr("victim"), [])
        after = os.stat("victim")
        self.assertEqual((status.st_ino, status.st_mode, status.st_mtime_ns, status.st_ctime_ns), (after.st_ino, after.st_mode, after.st_mtime_ns, after.st_ctime_ns))
        self.assertEqual(sorted(os.listdir("theirs")), ["kept", "m.ko"])
        return code, said

    def test_signing_in_place(self):
        for more in [], ["--layout", "digsig"]:
            code, said = self.swapped(["sign", *more, "sha256", key("rsa2048"), cert("rsa2048"), "theirs/m.ko"])
            # The file that was read, which is called otherwise now, or a failure; its owner can do the same.
            signed = must(TOOL, "strip", "theirs/kept", "stripped") is not None if code == 0 else False
            self.assertTrue(signed or (code == 7 and "no longer the file that was read" in said and read("theirs/kept") == PAYLOAD + b"m.ko"), said)
            shutil.rmtree("theirs")

    def test_attributes(self):
        write("probe", b"")
        try:
            os.setxattr("probe", "security.ima", b"\x01" + bytes(20))
        except OSError:
            self.skipTest("no security.ima here")
        code, said = self.swapped(["sign", "--layout", "ima", "sha256", key("rsa2048"), cert("rsa2048"), "theirs/m.ko"])
        self.assertEqual(code, 0, said)
        self.assertEqual(os.getxattr("theirs/kept", "security.ima")[:1], b"\x03")  # what was read
        shutil.rmtree("theirs")
        # A copy has its attribute when it gets its name.
        os.makedirs("theirs")
        write("theirs/m.ko", PAYLOAD)
        must(TOOL, "sign", "--layout", "ima", "sha256", key("rsa2048"), cert("rsa2048"), "theirs/m.ko", "theirs/out.ko")
        self.assertEqual(read("theirs/out.ko"), PAYLOAD)
        self.assertEqual(os.getxattr("theirs/out.ko", "security.ima")[:1], b"\x03")
        self.assertEqual(os.listxattr("theirs/m.ko"), [])


@unittest.skipUnless(SOFTHSM and shutil.which("softhsm2-util"), "no SoftHSM")
class LastTry(InFolder):
    def test_the_last_try_of_a_pin_is_not_spent(self):
        os.mkdir("tokens")
        write("softhsm2.conf", f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n".encode())
        told = {"SOFTHSM2_CONF": f"{self.folder}/softhsm2.conf", "MODSIG_TEST_SOFTHSM": SOFTHSM, "MODSIG_TEST_LOGINS": f"{self.folder}/logins"}
        must("softhsm2-util", "--init-token", "--free", "--label", "first", "--pin", PIN, "--so-pin", "so-pin-so-pin", **told)
        must("softhsm2-util", "--import", key("rsa2048"), "--token", "first", "--label", "k", "--id", "01", "--pin", PIN, **told)
        for uri, environment in ((f"?module-path={FAULTY}", {"KBUILD_SIGN_PIN": PIN}), (f"?module-path={FAULTY}&pin-value={PIN}", {}),
                                 (f"?module-path={FAULTY}&pin-value=wrong", {})):
            command = ["sign", "--force", "sha256", "pkcs11:token=first;object=k" + uri, cert("rsa2048"), "m.ko", "out.ko"]
            done = run(TOOL, *command, MODSIG_TEST_FAULT="final", **told, **environment)
            self.assertEqual(done.returncode, 7, done.stderr.decode())
            self.assertIn("one try left", done.stderr.decode())
            self.assertFalse(os.path.exists("logins"), "it was spent")
            done = run(TOOL, *command, MODSIG_TEST_FAULT="none", **told, **environment)
            self.assertEqual(done.returncode, 7 if "wrong" in uri else 0, done.stderr.decode())
            self.assertEqual(read("logins"), b"login\n")  # once, also with a PIN that is wrong
            os.remove("logins")


def main():
    global TOOL, KEYS, AT_CALL, FAULTY
    TOOL, KEYS, AT_CALL = (os.path.abspath(argument) for argument in sys.argv[1:4])
    FAULTY = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4] else ""
    return run_tests(sys.modules[__name__], sys.argv[5:], remark=lambda: f"; {counts['kills']} kill points, {counts['memories']} memories searched")


if __name__ == "__main__":
    sys.exit(main())
