#!/usr/bin/env python3
"""Keys that are not simply in a file, as the tool takes them: encrypted ones with the passphrase typed on a terminal, in PKCS#11
tokens (SoftHSM), behind a command, elsewhere in two steps. signers.py TOOL KEYS [FAULTY-MODULE]; the module is
sign/signer/faulty_token.cpp."""
import fcntl
import glob
import itertools
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

from harness import must, read, run, run_tests, write

TOOL = KEYS = FAULTY = ""
SOFTHSM = next(iter(glob.glob("/usr/lib/softhsm/libsofthsm2.so") + glob.glob("/usr/lib/*/softhsm/libsofthsm2.so")), "")
PAYLOAD = b"modsig example payload\n"
PIN, OTHER_PIN, SECRET = "4711-pin", "0815-pin", "open sesame"
LAYOUTS = "modsign", "digsig"
ENDING = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT
counts = {"signatures": 0, "refusals": 0}


def key(name):
    return os.path.join(KEYS, name + ".key.pem")


def cert(name):
    return os.path.join(KEYS, name + ".cert.pem")


class InFolder(unittest.TestCase):
    environment = {}

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-signers-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        write("m.ko", PAYLOAD)

    def tool(self, *arguments, **environment):
        """Without a terminal."""
        done = run(TOOL, *arguments, process={"start_new_session": True}, **{**self.environment, **environment})
        for secret in PIN, OTHER_PIN, SECRET:
            self.assertNotIn(secret.encode(), done.stdout + done.stderr)
        return done

    def sign(self, name, certificate, *options, hash_name="sha256", layout="modsign", **environment):
        """What the file is once it is signed."""
        more = ["--layout", layout, *options]
        done = self.tool("sign", *more, hash_name, name, certificate, "m.ko", "out.ko", **environment)
        self.assertEqual(done.returncode, 0, f"{name} {options}\n{done.stderr.decode()}")
        counts["signatures"] += 1
        signed = read("out.ko")
        os.remove("out.ko")
        return signed

    def refused(self, status, words, name, certificate, *options, **environment):
        """No file is left behind, and the complaint has these words."""
        before = sorted(os.listdir())
        done = self.tool("sign", *options, "sha256", name, certificate, "m.ko", "out.ko", **environment)
        self.assertEqual(done.returncode, status, f"{name}\n{done.stderr.decode()}")
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr.decode())
        self.assertEqual(sorted(os.listdir()), before)
        self.assertEqual(read("m.ko"), PAYLOAD)
        counts["refusals"] += 1

    def verified(self, signed, name, hash_name="sha256"):
        """By this tool and, in the modsign layout, by openssl."""
        write("signed.ko", signed)
        must(TOOL, "verify", "--policy", "legacy", "--trust", cert(name), "signed.ko")
        self.assertNotEqual(run(TOOL, "verify", "--policy", "legacy", "--trust", cert("unknown"), "signed.ko").returncode, 0)
        if not signed.endswith(b"~Module signature appended~\n"):
            return
        must(TOOL, "extract", "signed.ko", "signed.p7s")
        must("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signed.p7s", "-content", "m.ko", "-certfile", cert(name),
             "-nointern", "-noverify", "-out", "content")
        self.assertEqual(read("content"), PAYLOAD)

    def from_file(self, name, **more):
        return self.sign(key(name), cert(name), SOURCE_DATE_EPOCH="1344512043", **more)


class EncryptedFiles(InFolder):
    def encrypt(self, name, cipher):
        must("openssl", "ec" if name.startswith("p") else "rsa", *(["-traditional"] if not name.startswith("p") else []), f"-{cipher}",
             "-in", key(name), "-out", "old.pem", "-passout", f"pass:{SECRET}")
        self.assertIn(b"Proc-Type: 4,ENCRYPTED", read("old.pem"))
        return "old.pem"

    def test_encryption_of_pem_itself(self):
        for name, cipher in itertools.product(("rsa1024", "rsa2048", "rsa4096", "p256", "p384", "p521"), ("aes128", "aes192", "aes256", "des3")):
            with self.subTest(key=name, cipher=cipher):
                path = self.encrypt(name, cipher)
                self.assertEqual(self.sign(path, cert(name), KBUILD_SIGN_PIN=SECRET), self.from_file(name))
                for wrong in "wrong", "", SECRET + " ":
                    self.refused(7, "does not open with the passphrase in KBUILD_SIGN_PIN", path, cert(name), KBUILD_SIGN_PIN=wrong)
                self.refused(7, "put its passphrase into KBUILD_SIGN_PIN", path, cert(name))

    def test_a_wrong_passphrase_never_opens_it(self):  # one in 256 leaves padding that is right
        path = self.encrypt("p256", "aes128")
        for i in range(400):
            self.refused(7, "does not open", path, cert("p256"), KBUILD_SIGN_PIN=f"wrong {i}")

    def test_headers_that_are_wrong(self):
        good = read(self.encrypt("rsa1024", "aes128"))
        for old, new in ((b"AES-128-CBC", b"CAMELLIA-128-CBC"), (b"AES-128-CBC,", b"AES-128-CBC"), (b"AES-128-CBC,", b"AES-128-CBC,00"),
                         (b"DEK-Info", b"DEK-Inf"), (b"4,ENCRYPTED", b"4,MIC-ONLY"), (b"\n\n", b"\n")):
            self.assertIn(old, good)
            write("bad.pem", good.replace(old, new, 1))
            self.refused(7, "bad.pem", "bad.pem", cert("rsa1024"), KBUILD_SIGN_PIN=SECRET)

    def test_files_from_other_systems(self):
        crlf = write("crlf.pem", read(self.encrypt("rsa1024", "aes256")).replace(b"\n", b"\r\n"))
        self.assertEqual(self.sign(crlf, cert("rsa1024"), KBUILD_SIGN_PIN=SECRET), self.from_file("rsa1024"))

    def test_encryption_of_pkcs8(self):
        must("openssl", "pkcs8", "-topk8", "-in", key("p256"), "-out", "new.pem", "-passout", f"pass:{SECRET}")
        self.assertEqual(self.sign("new.pem", cert("p256"), KBUILD_SIGN_PIN=SECRET), self.from_file("p256"))
        self.refused(7, "does not open", "new.pem", cert("p256"), KBUILD_SIGN_PIN="wrong")


class Terminal:
    """A program with a terminal of its own and nothing on standard input."""

    def __init__(self, *command, **environment):
        self.ours, self.its = pty.openpty()
        env = {k: v for k, v in os.environ.items() if k != "KBUILD_SIGN_PIN"}

        def before_it_runs():
            fcntl.ioctl(self.its, termios.TIOCSCTTY, 0)
            for number in ENDING:  # ignored, if this test was started in the background
                signal.signal(number, signal.SIG_DFL)
        self.program = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        start_new_session=True, env={**env, **environment},
                                        preexec_fn=before_it_runs)
        self.shown = b""

    def echoes(self):
        return termios.tcgetattr(self.its)[3] & termios.ECHO != 0

    def wait_for(self, text, times=1):
        deadline = time.monotonic() + 20
        while self.shown.count(text) < times:
            if not select.select([self.ours], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {text} in {self.shown}")
            self.shown += os.read(self.ours, 4096)

    def type(self, text):
        os.write(self.ours, text)

    def end(self):
        out, err = self.program.communicate(timeout=30)
        while select.select([self.ours], [], [], 0)[0]:
            self.shown += os.read(self.ours, 4096)
        echoes = self.echoes()
        os.close(self.ours)
        os.close(self.its)
        return self.program.returncode, (out + err).decode(), echoes


class OnTheTerminal(InFolder):
    def setUp(self):
        super().setUp()
        must("openssl", "rsa", "-traditional", "-aes256", "-in", key("rsa2048"), "-out", "old.pem", "-passout", f"pass:{SECRET}")
        must("openssl", "pkcs8", "-topk8", "-in", key("rsa2048"), "-out", "new.pem", "-passout", f"pass:{SECRET}")

    def ask(self, path="old.pem", **environment):
        terminal = Terminal(TOOL, "sign", "sha256", path, cert("rsa2048"), "m.ko", "out.ko", **environment)
        terminal.wait_for(b"Passphrase of ")
        deadline = time.monotonic() + 20
        while terminal.echoes() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(terminal.echoes())
        return terminal

    def test_the_passphrase_is_asked_for_and_not_shown(self):
        for path in "old.pem", "new.pem":
            terminal = self.ask(path)
            self.assertIn(path.encode(), terminal.shown)
            terminal.type(SECRET.encode() + b"\n")
            status, said, echoes = terminal.end()
            self.assertEqual((status, said, echoes), (0, "", True))
            self.assertNotIn(SECRET.encode(), terminal.shown)
            self.assertEqual(read("out.ko"), self.from_file("rsa2048"))
            counts["signatures"] += 1
            if os.path.exists("out.ko"):
                os.remove("out.ko")

    def from_file(self, name, **more):
        kept = read("out.ko")
        os.remove("out.ko")
        signed = super().from_file(name, **more)
        write("out.ko", kept)
        return signed

    def test_other_answers(self):
        for typed, words in ((b"wrong\n", "does not open with this passphrase"), (b"\n", "does not open with this passphrase"),
                             (b"\x04", "put its passphrase into KBUILD_SIGN_PIN")):
            terminal = self.ask()
            terminal.type(typed)
            status, said, echoes = terminal.end()
            self.assertEqual((status, echoes, os.path.exists("out.ko")), (7, True, False))
            self.assertIn(words, said)
            counts["refusals"] += 1

    def test_signals_leave_the_terminal_as_it_was(self):
        for number in ENDING:
            terminal = self.ask()
            terminal.type(b"half of it")
            terminal.program.send_signal(number)  # to the program alone: the process that asks ends with it
            status, _, echoes = terminal.end()
            self.assertEqual((status, echoes, os.path.exists("out.ko")), (-number, True, False))
        terminal = self.ask()
        terminal.type(b"\x03")  # Ctrl-C
        self.assertEqual(terminal.end()[::2], (-signal.SIGINT, True))

    def test_after_being_stopped_it_asks_again(self):
        terminal = self.ask()
        os.killpg(terminal.program.pid, signal.SIGTSTP)  # as Ctrl-Z; alone in its session it is not stopped, but has to go on all the same
        terminal.wait_for(b"Passphrase of ", times=2)
        terminal.type(SECRET.encode() + b"\n")
        self.assertEqual(terminal.end()[::2], (0, True))
        self.assertTrue(read("out.ko").startswith(PAYLOAD))

    def test_the_variable_comes_first(self):
        terminal = Terminal(TOOL, "sign", "sha256", "old.pem", cert("rsa2048"), "m.ko", "out.ko", KBUILD_SIGN_PIN=SECRET)
        self.assertEqual(terminal.end(), (0, "", True))
        self.assertEqual(terminal.shown, b"")

    def test_as_sign_file_it_asks_nothing(self):
        os.symlink(TOOL, "sign-file")
        terminal = Terminal("./sign-file", "sha256", "old.pem", cert("rsa2048"), "m.ko", "out.ko")
        status, said, _ = terminal.end()
        self.assertEqual((status, terminal.shown), (1, b""))
        self.assertIn("KBUILD_SIGN_PIN", said)


class Commands(InFolder):
    @staticmethod
    def openssl(name):  # pkeyutl takes no DigestInfo with a digest of 64 bytes for one
        return f"command:openssl {'rsautl' if not name.startswith('p') else 'pkeyutl'} -sign -inkey {key(name)}"

    def test_the_signature_is_that_of_the_same_key_in_a_file(self):
        for name, hash_name, layout in itertools.product(("rsa1024", "rsa2048", "rsa4096"), ("sha1", "sha256", "sha512"), LAYOUTS):
            if layout == "digsig" and hash_name == "sha512":
                continue
            with self.subTest(key=name, hash=hash_name, layout=layout):
                more = {"hash_name": hash_name, "layout": layout}
                signed = self.sign(self.openssl(name), cert(name), SOURCE_DATE_EPOCH="1344512043", **more)
                self.assertEqual(signed, self.from_file(name, **more))
                self.verified(signed, name, hash_name)

    def test_curves(self):
        for name, hash_name in itertools.product(("p256", "p384", "p521"), ("sha256", "sha384", "sha512")):
            with self.subTest(key=name, hash=hash_name):
                self.verified(self.sign(self.openssl(name), cert(name), hash_name=hash_name), name, hash_name)

    def test_what_the_command_is_told(self):
        must("openssl", "pkey", "-in", key("rsa2048"), "-out", "k.pem")
        # DigestInfo of SHA-256: RFC 8017, section 9.2, note 1
        digest_info = bytes.fromhex("3031300d060960864801650304020105000420")
        for layout, scheme, hash_name in ("modsign", "rsa-pkcs1", "sha256"), ("digsig", "rsa-pkcs1-raw", "sha1"):
            write("keep.sh", b"env | grep ^MODSIG_ | sort >told; tee input | openssl pkeyutl -sign -inkey k.pem\n")
            self.sign("command:. ./keep.sh", cert("rsa2048"), layout=layout, MODSIG_SCHEME="of old", SOURCE_DATE_EPOCH="0")
            digest = bytes.fromhex(must(TOOL, "digest", "--layout", layout, "--cert", cert("rsa2048"), "m.ko").decode())
            self.assertEqual(read("input"), (digest_info if layout == "modsign" else b"") + digest)
            self.assertEqual(read("told").decode().split(), [f"MODSIG_DIGEST={digest.hex()}", f"MODSIG_HASH={hash_name}",
                                                             f"MODSIG_LAYOUT={layout}", f"MODSIG_SCHEME={scheme}"])

    def test_failures(self):
        good = self.openssl("rsa2048")[len("command:"):]
        for command, status, words in (
                ("exit 3", 7, "exit status 3"), ("no-such-program-here", 7, "exit status 127"), ("kill -9 $$", 7, "signal 9"),
                (f"{good}; exit 1", 7, "exit status 1"), ("true", 7, "has written nothing"), ("cat >/dev/null", 7, "has written nothing"),
                ("yes", 7, "writes more"), ("head -c 70000 /dev/zero", 7, "writes more"), ("echo junk", 1, "does not verify"),
                ("cat", 1, "does not verify"), ("head -c 256 /dev/zero", 1, "does not verify"), ("head -c 256 /dev/urandom", 1, "does not verify"),
                (f"{good} | head -c 255", 1, "does not verify"), (f"{good}; echo", 1, "does not verify"),
                (f"{good} | od -t x1", 1, "does not verify"), (self.openssl("unknown")[8:], 1, "does not verify"), ("", 7, "has written nothing")):
            with self.subTest(command=command):
                self.refused(status, [words, "m.ko"], "command:" + command, cert("rsa2048"))
        for command in "echo junk", "head -c 3 /dev/zero", "printf '0\\200'", "head -c 64 /dev/urandom", self.openssl("p384")[8:]:
            with self.subTest(command=command):
                self.refused(1, "does not verify", "command:" + command, cert("p256"))

    def test_one_that_hangs(self):
        for command in ("sleep 4321", "sleep 4321 & wait", "sleep 4321 >/dev/null & exec >/dev/null; wait", "trap '' TERM; sleep 4321",
                        "sleep 4321 & exit 0", "cat /dev/tty; sleep 4321"):
            with self.subTest(command=command):
                start = time.monotonic()
                self.refused(7, "not signed within 1000 ms", "command:" + command, cert("rsa2048"), "--signer-timeout", "1")
                self.assertLess(time.monotonic() - start, 10)
        time.sleep(0.2)
        left = [p for p in glob.glob("/proc/[0-9]*/cmdline") if self.command_line(p) == b"sleep\0004321\0"]
        self.assertEqual(left, [])

    @staticmethod
    def command_line(path):
        try:
            return read(path)
        except OSError:
            return b""

    def test_what_it_starts_ends_with_it(self):
        self.sign("command:sleep 4322 >/dev/null & " + self.openssl("rsa2048")[8:], cert("rsa2048"))
        time.sleep(0.2)
        self.assertEqual([p for p in glob.glob("/proc/[0-9]*/cmdline") if self.command_line(p) == b"sleep\0004322\0"], [])

    def test_its_own_words_are_seen(self):
        self.refused(7, ["the service is down", "exit status 1"], "command:echo the service is down >&2; exit 1", cert("rsa2048"))


@unittest.skipUnless(SOFTHSM and shutil.which("softhsm2-util") and shutil.which("pkcs11-tool"), "no SoftHSM, no pkcs11-tool")
class Tokens(InFolder):
    """Two tokens: `first token` with a pair a key, `second` with lone private keys."""

    home = None
    pairs = {"rsa1024": "01", "rsa2048": "02", "rsa4096": "03", "p256": "04", "p384": "05", "p521": "06"}

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="modsig-token-")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        os.mkdir(f"{cls.home}/tokens")
        write(f"{cls.home}/softhsm2.conf", f"directories.tokendir = {cls.home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n".encode())
        cls.environment = {"SOFTHSM2_CONF": f"{cls.home}/softhsm2.conf"}
        for label, pin in ("first token", PIN), ("second", OTHER_PIN):
            must("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "so-pin-so-pin", **cls.environment)
        for name, identity in cls.pairs.items():
            must("softhsm2-util", "--import", key(name), "--token", "first token", "--label", f"key {name}", "--id", identity, "--pin", PIN, **cls.environment)
        cls.put("privkey", key("p256"), "11", "lone")
        cls.put("privkey", key("rsa2048"), "12", "twice")
        cls.put("privkey", key("rsa3072"), "13", "twice")
        cls.put("privkey", key("p384"), "14", "with certificate")
        cls.put("cert", os.path.join(KEYS, "p384.cert.der"), "14", "certificate")
        cls.put("privkey", key("rsa4096"), "15", "every time", "--always-auth")

    @classmethod
    def put(cls, kind, path, identity, label, *more):
        usage = ["--usage-sign"] if kind == "privkey" else []
        must("pkcs11-tool", "--module", SOFTHSM, "--login", "--pin", OTHER_PIN, "--token-label", "second", "--write-object", path, "--type", kind,
             "--id", identity, "--label", label, *usage, *more, **cls.environment)

    def test_rsa_gives_the_same_bytes_as_the_file(self):
        for name, hash_name, layout in itertools.product(("rsa1024", "rsa2048", "rsa4096"), ("sha1", "sha256", "sha384", "sha512"), LAYOUTS):
            if layout == "digsig" and hash_name in ("sha384", "sha512"):
                continue
            with self.subTest(key=name, hash=hash_name, layout=layout):
                more = {"hash_name": hash_name, "layout": layout}
                uri = f"pkcs11:token=first%20token;object=key%20{name}"
                signed = self.sign(uri, cert(name), KBUILD_SIGN_PIN=PIN, SOURCE_DATE_EPOCH="1344512043", **more)
                self.assertEqual(signed, self.from_file(name, **more))
                self.verified(signed, name, hash_name)

    def test_curves(self):
        for name, hash_name in itertools.product(("p256", "p384", "p521"), ("sha1", "sha256", "sha384", "sha512")):
            with self.subTest(key=name, hash=hash_name):
                for _ in range(8):  # numbers with leading zeros, with the first bit set
                    signed = self.sign(f"pkcs11:token=first%20token;id=%{self.pairs[name]}", cert(name), hash_name=hash_name, KBUILD_SIGN_PIN=PIN)
                    self.verified(signed, name, hash_name)

    def test_the_forms_of_a_uri(self):
        wanted = self.from_file("rsa2048")
        write("pin", PIN.encode() + b"\n")
        serial = next(line.split(":")[1].strip() for line in must("softhsm2-util", "--show-slots", **self.environment).decode().split("Slot ")
                      if "first token" in line for line in line.splitlines() if "Serial number" in line)
        slot = int(serial[-8:], 16) & 0x7fffffff
        named = "pkcs11:token=first%20token;object=key%20rsa2048"
        for uri in (named, "pkcs11:token=first token;object=key rsa2048", "pkcs11:object=key%20rsa2048;token=first%20token;type=private",
                    f"pkcs11:serial={serial};id=%02", f"pkcs11:manufacturer=SoftHSM%20project;serial={serial};id=%02", f"{named};id=%02",
                    f"pkcs11:slot-id={slot};id=%02", f"{named}?module-path={SOFTHSM}", f"{named}?module-name=softhsm2", f"{named};module-path={SOFTHSM}",
                    f"pkcs11:model=SoftHSM%20v2;token=first%20token;id=%02"):
            with self.subTest(uri=uri):
                self.assertEqual(self.sign(uri, cert("rsa2048"), KBUILD_SIGN_PIN=PIN), wanted)
        here = os.path.join(self.folder, "pin")
        for pin in f"?pin-value={PIN}", f";pin-value={PIN}", f"?pin-source=file:{here}", f"?pin-source=file://{here}", f"?pin-source={here}", \
                f"?module-path={SOFTHSM}&pin-value={PIN}":
            with self.subTest(pin=pin):
                self.assertEqual(self.sign(named + pin, cert("rsa2048")), wanted)
                self.assertEqual(self.sign(named + pin, cert("rsa2048"), KBUILD_SIGN_PIN="the URI's comes first"), wanted)

    def test_as_sign_file(self):
        os.symlink(TOOL, "sign-file")
        for flags in [], ["-d"], ["-p"], ["-k"]:
            files = {}
            for name in key("rsa2048"), "pkcs11:token=first%20token;object=key%20rsa2048":
                shutil.rmtree("run", ignore_errors=True)
                os.mkdir("run")
                write("run/m.ko", PAYLOAD)
                must("../sign-file", *flags, "sha256", name, cert("rsa2048"), "m.ko", cwd="run", KBUILD_SIGN_PIN=PIN, **self.environment)
                files[name] = {file: read(f"run/{file}") for file in sorted(os.listdir("run"))}
            self.assertEqual(*files.values())
            counts["signatures"] += 1

    def test_where_the_public_half_comes_from(self):
        pin = {"KBUILD_SIGN_PIN": OTHER_PIN}
        self.verified(self.sign("pkcs11:token=second;object=lone", cert("p256"), **pin), "p256")  # from the certificate that is given
        self.verified(self.sign("pkcs11:token=second;object=with%20certificate", cert("p384"), **pin), "p384")
        self.assertEqual(self.sign("pkcs11:token=second;id=%12", cert("rsa2048"), **pin), self.from_file("rsa2048"))
        self.refused(2, "not the private key of", "pkcs11:token=second;object=with%20certificate", cert("p256"), **pin)
        self.refused(2, "not the private key of", "pkcs11:token=second;id=%12", cert("rsa3072"), **pin)
        must("openssl", "req", "-new", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "other.key",
             "-subj", "/CN=other", "-out", "other.crt")
        self.refused(1, "does not verify", "pkcs11:token=second;object=lone", "other.crt", **pin)
        self.refused(1, "does not verify", "pkcs11:token=second;object=lone", cert("p384"), **pin)

    def test_a_tree_signed_by_the_token(self):
        os.makedirs("from/kernel")
        for i in range(5):
            write(f"from/kernel/m{i}.ko", PAYLOAD + b"%d" % i)
        trees = {}
        for name in key("rsa2048"), "pkcs11:token=first%20token;object=key%20rsa2048":
            must(TOOL, "install", "--from", "from", "--to", "to", "--key", name, "--cert", cert("rsa2048"), KBUILD_SIGN_PIN=PIN, **self.environment)
            trees[name] = {file: read(f"to/kernel/{file}") for file in sorted(os.listdir("to/kernel"))}
            self.assertEqual(len(trees[name]), 5)
            shutil.rmtree("to")
            counts["signatures"] += 5
        self.assertEqual(*trees.values())
        done = run(TOOL, "install", "--from", "from", "--to", "to", "--key", name, "--cert", cert("rsa2048"), KBUILD_SIGN_PIN="wrong", **self.environment)
        self.assertEqual(done.returncode, 7, done.stderr.decode())
        self.assertIn("PIN", done.stderr.decode())
        self.assertFalse(os.path.exists("to/kernel"))

    def test_a_certificate_in_the_token(self):
        uri = "pkcs11:token=second;object=certificate"
        self.verified(self.sign(key("p384"), uri), "p384")
        self.verified(self.sign("pkcs11:token=second;id=%14", "pkcs11:token=second;id=%14", KBUILD_SIGN_PIN=OTHER_PIN), "p384")
        self.assertEqual(self.sign(key("p384"), uri), self.from_file("p384"))
        self.refused(7, "no certificate matches pkcs11:token=second;object=none", key("p384"), "pkcs11:token=second;object=none")

    def test_a_key_that_wants_the_pin_every_time(self):
        self.assertEqual(self.sign("pkcs11:token=second;object=every%20time", cert("rsa4096"), KBUILD_SIGN_PIN=OTHER_PIN), self.from_file("rsa4096"))

    def test_failures(self):
        pin = {"KBUILD_SIGN_PIN": PIN}
        named = "pkcs11:token=first%20token;object=key%20rsa2048"
        for uri, words, environment in (
                (named, ["PIN of token \"first token\" is not this one"], {"KBUILD_SIGN_PIN": "wrong"}),
                (named + "?pin-value=wrong", ["is not this one, which the URI says"], {}),
                (named, ["PIN of token \"first token\" is needed", "KBUILD_SIGN_PIN"], {}), (named, ["is needed"], {"KBUILD_SIGN_PIN": ""}),
                (named + "?pin-source=file:absent", ["absent cannot be read"], {}), (named + "?pin-source=|program", ["is no file"], {}),
                ("pkcs11:token=none;object=a", ["no token matches pkcs11:token=none;object=a", "\"first token\"", "\"second\""], pin),
                ("pkcs11:token=first%20token;object=none", ["no private key matches pkcs11:token=first%20token;object=none"], pin),
                ("pkcs11:token=first%20token", ["more than one private key"], pin), ("pkcs11:object=key%20rsa2048", ["several tokens", "\"first token\"", "\"second\""], pin),
                ("pkcs11:token=second;object=twice", ["more than one private key", "say which"], {"KBUILD_SIGN_PIN": OTHER_PIN}),
                ("pkcs11:token=first%20token;slot-id=1", ["no token matches"], pin), ("pkcs11:token=first%20token;serial=0", ["no token matches"], pin),
                ("pkcs11:colour=red", ["not known"], pin), ("pkcs11:id=%zz", ["cannot be used"], pin), (named + "?module-path=/absent.so", ["/absent.so"], pin),
                (named + "?module-name=absent", ["called absent"], pin), (f"{named}?module-path={TOOL}", ["cannot be loaded"], pin)):
            with self.subTest(uri=uri):
                self.refused(7, words, uri, cert("rsa2048"), **environment)
        self.refused(2, ["the token's key is not the private key of"], named + f"?pin-value={PIN}", cert("rsa3072"))

    def test_no_token_at_all(self):
        os.mkdir("none")
        write("conf", f"directories.tokendir = {self.folder}/none\n".encode())
        self.refused(7, "none is there", "pkcs11:token=a", cert("rsa2048"), SOFTHSM2_CONF=os.path.join(self.folder, "conf"))

    def test_the_pin_is_asked_for(self):
        terminal = Terminal(TOOL, "sign", "sha256", "pkcs11:token=first%20token;object=key%20rsa2048", cert("rsa2048"), "m.ko", "out.ko", **self.environment)
        terminal.wait_for(b"PIN of the token \"first token\": ")
        terminal.type(PIN.encode() + b"\n")
        self.assertEqual(terminal.end(), (0, "", True))
        self.assertNotIn(PIN.encode(), terminal.shown)
        kept = read("out.ko")
        os.remove("out.ko")
        self.assertEqual(kept, self.from_file("rsa2048"))

    def test_tokens_that_do_wrong(self):
        self.assertTrue(os.path.exists(FAULTY), "no faulty module was given")
        named = f"pkcs11:token=first%20token;object=key%20rsa2048?module-path={FAULTY}"
        curve = f"pkcs11:token=first%20token;object=key%20p256?module-path={FAULTY}"
        told = {"MODSIG_TEST_SOFTHSM": SOFTHSM, "KBUILD_SIGN_PIN": PIN}
        self.assertEqual(self.sign(named, cert("rsa2048"), MODSIG_TEST_FAULT="none", **told), self.from_file("rsa2048"))
        for fault, status, words in (("locked", 7, "PIN of token \"first token\" is locked"), ("locks", 7, "is locked"), ("flip", 1, "does not verify"),
                                     ("short", 1, "does not verify"), ("empty", 1, "does not verify"), ("refuse", 7, "answers 0x30"),
                                     ("gone", 7, "taken away"), ("unset", 7, "never been set")):
            for uri, name in (named, "rsa2048"), (curve, "p256"):
                with self.subTest(fault=fault, key=name):
                    self.refused(status, words, uri, cert(name), MODSIG_TEST_FAULT=fault, **told)
        self.sign_with_ml_dsa(named, told)
        # One with a keypad takes no PIN from us, and none has to be there.
        keypad = {k: v for k, v in told.items() if k != "KBUILD_SIGN_PIN"}
        self.assertEqual(self.sign(named, cert("rsa2048"), MODSIG_TEST_FAULT="keypad", MODSIG_TEST_PIN=PIN, **keypad), self.from_file("rsa2048"))

    def sign_with_ml_dsa(self, uri, told):
        """A token of PKCS #11 3.2, as far as modsig sees it; what openssl 3.6 signed with the key."""
        with open(os.path.join(KEYS, "../../ml_dsa/files.txt"), encoding="utf-8") as lines:
            files = {name: bytes.fromhex(data) for name, data in (line.split() for line in lines)}
        certificate = files["ml44.cert.der"]
        public = certificate[certificate.index(b"\x03\x82\x05\x21\0") + 5:][:1312]
        for name, content in ("cert.der", certificate), ("public", public), ("signature", files["ml44.cms"][-2420:]), ("content", files["content"]):
            write(name, content)
        told = {**self.environment, **told, "MODSIG_TEST_FAULT": "ml-dsa", "MODSIG_TEST_SIGNATURE": "signature"}
        for half in {"MODSIG_TEST_PUBLIC": "public"}, {}:  # the certificate's, where the token has none
            must(TOOL, "sign", "-d", "sha512", uri, "cert.der", "content", **told, **half)
            self.assertEqual(read("content.p7s"), files["ml44.cms"])
            os.remove("content.p7s")
        write("content", b"another content")
        done = run(TOOL, "sign", "-d", "sha512", uri, "cert.der", "content", **told)
        self.assertEqual((done.returncode, os.path.exists("content.p7s")), (1, False), done.stderr)


class InTwoSteps(InFolder):
    """`modsig digest` of many files, signed elsewhere, `modsig attach`."""

    files = [f"tree/{i}/m.ko" for i in range(5)]

    def setUp(self):
        super().setUp()
        for i, path in enumerate(self.files):
            os.makedirs(os.path.dirname(path))
            write(path, PAYLOAD * (i + 1))
        os.mkdir("signatures")

    def digests(self, layout, name):
        lines = must(TOOL, "digest", "--layout", layout, "--cert", cert(name), *self.files).decode().splitlines()
        table = [line.split("  ", 1) for line in lines]
        self.assertEqual([path for _, path in table], self.files)
        return [digest for digest, _ in table]

    def sign_elsewhere(self, layout, name, digest):
        pad = ["-pkeyopt", "digest:sha256"] if layout == "modsign" and name.startswith("rsa") else []
        write("digest", bytes.fromhex(digest))
        must("openssl", "pkeyutl", "-sign", "-inkey", key(name), *pad, "-in", "digest", "-out", f"signatures/{digest}")

    def test_both_layouts(self):
        for layout, name in ("modsign", "rsa2048"), ("modsign", "p256"), ("digsig", "rsa2048"):
            with self.subTest(layout=layout, key=name):
                for i, path in enumerate(self.files):
                    write(path, PAYLOAD * (i + 1))
                for digest in self.digests(layout, name):
                    self.sign_elsewhere(layout, name, digest)
                must(TOOL, "attach", "--layout", layout, "--cert", cert(name), "--signatures", "signatures", *self.files)
                must(TOOL, "verify", "--policy", "legacy", "--trust", cert(name), *self.files)
                counts["signatures"] += len(self.files)
                for i, path in enumerate(self.files):
                    write("m.ko", PAYLOAD * (i + 1))
                    if name.startswith("rsa"):
                        self.assertEqual(read(path), self.sign(key(name), cert(name), layout=layout, SOURCE_DATE_EPOCH="0"))

    def test_one_digest_is_printed_alone(self):
        alone = must(TOOL, "digest", self.files[1]).decode()
        self.assertEqual(alone, must("openssl", "dgst", "-sha256", "-r", self.files[1]).decode().split()[0] + "\n")

    def test_what_is_wrong_stays_as_it_was_and_stops_no_other(self):
        digests = self.digests("modsign", "rsa2048")
        for digest in digests:
            self.sign_elsewhere("modsign", "rsa2048", digest)
        os.remove(f"signatures/{digests[1]}")
        shutil.copy(f"signatures/{digests[0]}", f"signatures/{digests[2]}")
        done = self.tool("attach", "--cert", cert("rsa2048"), "--signatures", "signatures", *self.files, "absent.ko")
        self.assertEqual(done.returncode, 1)
        for word in "tree/1/m.ko", "tree/2/m.ko", "absent.ko":
            self.assertIn(word, done.stderr.decode())
        self.assertEqual([read(path) == PAYLOAD * (i + 1) for i, path in enumerate(self.files)], [False, True, True, False, False])
        self.assertEqual(self.tool("digest", *self.files, "absent.ko").returncode, 7)
        counts["refusals"] += 3

    def test_usage(self):
        for arguments in (["--cert", cert("rsa2048"), "raw"], ["--cert", cert("rsa2048"), "a", "b", "c", "d"], ["--signatures", "signatures", *self.files],
                          ["--layout", "digsig", "--trust", cert("rsa2048"), "--signatures", "signatures", *self.files]):
            self.assertEqual(self.tool("attach", *arguments).returncode, 2)


class Reproducible(InFolder):
    def test_same_inputs_same_bytes(self):
        for layout, name in ("modsign", "rsa2048"), ("modsign", "p256"), ("modsign", "p384"), ("modsign", "p521"), ("digsig", "rsa2048"):
            once = self.from_file(name, layout=layout)
            time.sleep(1.1)
            self.assertEqual(self.from_file(name, layout=layout), once)

    def test_the_time_stamp(self):
        at = len(PAYLOAD) + 1
        for seconds in 0, 1, 1344512043, 0xffffffff:
            signed = self.sign(key("rsa2048"), cert("rsa2048"), layout="digsig", SOURCE_DATE_EPOCH=str(seconds))
            self.assertEqual(signed[at:at + 4], seconds.to_bytes(4, "little"))
        before = int(time.time())
        now = int.from_bytes(self.sign(key("rsa2048"), cert("rsa2048"), layout="digsig")[at:at + 4], "little")
        self.assertTrue(before <= now <= time.time())

    def test_modsign_has_none(self):
        stamped = {self.sign(key("p256"), cert("p256"), SOURCE_DATE_EPOCH=seconds) for seconds in ("0", "1344512043")}
        self.assertEqual(len(stamped), 1)


def main():
    global TOOL, KEYS, FAULTY
    TOOL, KEYS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    FAULTY = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
    names = sys.argv[4:]
    if b"without PKCS#11" in run(TOOL, "sign", "sha256", "pkcs11:token=a", cert("rsa2048"), TOOL, "/dev/null").stderr:
        Tokens.__unittest_skip__, Tokens.__unittest_skip_why__ = True, "the tool was built without PKCS#11"
    return run_tests(sys.modules[__name__], names, remark=lambda: f"; {counts['signatures']} signatures, {counts['refusals']} refusals")


if __name__ == "__main__":
    sys.exit(main())
