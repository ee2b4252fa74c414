#!/usr/bin/env python3
"""fs-verity in the tool, beside fsverity-utils and OpenSSL: digests, builtin signatures both ways, memory; keys of the running
kernel. fsverity.py TOOL KEYS"""
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import must, read, run, run_tests, write

TOOL = KEYS = ""
HASHES = "sha256", "sha512"
BLOCKS = [1024 << i for i in range(7)]
SALTS = "", "aa", bytes(range(32)).hex()
MIB = 1 << 20
counts = {"digests": 0, "signatures": 0}


def key(name, kind="key.pem"):
    return os.path.join(KEYS, f"{name}.{kind}")


def options(hash_name, block, salt, hash_option="--hash"):
    return [f"{hash_option}={hash_name}", f"--block-size={block}", *([f"--salt={salt}"] if salt else [])]


def theirs(names, hash_name="sha256", block=4096, salt=""):
    """What fsverity digest prints, a file each."""
    out = must("fsverity", "digest", "--compact", *options(hash_name, block, salt, "--hash-alg"), *names)
    return out.decode().splitlines()


def formatted(hash_name, digest):
    value = bytes.fromhex(digest)
    return b"FSVerity" + (1 + HASHES.index(hash_name)).to_bytes(2, "little") + len(value).to_bytes(2, "little") + value


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-fsverity-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)

    def tool(self, status, *arguments, **more):
        done = run(TOOL, *arguments, **more)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def verify(self, status, signature, *more, name="rsa2048", path="f"):
        return self.tool(status, "verify", "--layout", "fsverity", "--trust", key(name, "cert.pem"), "--signature", signature, *more, path)


class Digests(InFolder):
    def test_equal_those_of_fsverity_utils(self):
        content = hashlib.shake_256(b"modsig").digest(MIB + 1)
        for block in BLOCKS:
            names = [write(str(size), content[:size]) for size in (0, 1, block - 1, block, block + 1, MIB + 1)]
            for hash_name in HASHES:
                for salt in SALTS:
                    with self.subTest(block=block, hash=hash_name, salt=salt):
                        out, _ = self.tool(0, "digest", "--fsverity", *options(hash_name, block, salt), *names)
                        self.assertEqual(out.encode(), must("fsverity", "digest", *options(hash_name, block, salt, "--hash-alg"), *names))
                        out, _ = self.tool(0, "digest", "--fsverity", "--compact", *options(hash_name, block, salt), *names)
                        self.assertEqual(out.splitlines(), theirs(names, hash_name, block, salt))
                        counts["digests"] += len(names)

    def test_block_sizes_are_those_that_fsverity_takes(self):
        content = hashlib.shake_256(b"blocks").digest(70001)
        names = [write(str(size), content[:size]) for size in (0, 1, 63, 64, 65, 4096, 70001)]
        for hash_name, least in ("sha256", 64), ("sha512", 128):
            for block in [least << i for i in range(11)] + [1 << 17, 1 << 20, 1 << 22]:
                with self.subTest(block=block, hash=hash_name):
                    out, _ = self.tool(0, "digest", "--fsverity", *options(hash_name, block, "aa"), *names)
                    self.assertEqual(out.encode(), must("fsverity", "digest", *options(hash_name, block, "aa", "--hash-alg"), *names))
            for block in least // 2, 0, 3000, 1 << 32:
                self.assertNotEqual(run("fsverity", "digest", *options(hash_name, block, "", "--hash-alg"), "1").returncode, 0)
                self.tool(2, "digest", "--fsverity", *options(hash_name, block, ""), "1")

    def test_names_of_files_and_standard_input(self):
        content = bytes(range(256)) * 300
        for name in "f", "./f", "a name", "back\\slash", "-f-", "\u00fc":
            write(name, content)
            self.assertEqual(self.tool(0, "digest", "--fsverity", "--", name)[0].encode(), must("fsverity", "digest", "--", name))
        expected = theirs(["f"])[0] + "\n"
        self.assertEqual(self.tool(0, "digest", "--fsverity", "--compact", "f")[0], expected)
        self.assertEqual(self.tool(0, "digest", "--fsverity", "-", stdin=content)[0], "sha256:" + expected[:-1] + " -\n")
        self.assertEqual(self.tool(0, "digest", "--fsverity", "--compact", "-", stdin=content)[0], expected)
        # A signature at the end of a file is content to fs-verity.
        must(TOOL, "sign", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "f", "signed.ko")
        self.assertEqual(self.tool(0, "digest", "--fsverity", "--compact", "signed.ko")[0].split(), theirs(["signed.ko"]))

    def peak_memory(self, path, hash_name):
        """Of a run over this file, in bytes, and what it prints. Then it waits for standard input, and is looked at."""
        child = subprocess.Popen([TOOL, "digest", "--fsverity", "--compact", "--hash", hash_name, path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with child:
            size, deadline = os.path.getsize(path), time.monotonic() + 300
            while True:
                with open(f"/proc/{child.pid}/io", encoding="ascii") as f:
                    done = int(f.readline().split()[1]) >= size
                with open(f"/proc/{child.pid}/status", encoding="ascii") as f:
                    fields = dict(line.split(":", 1) for line in f)
                with open(f"/proc/{child.pid}/syscall", encoding="ascii") as f:
                    waits = f.read().split()[:2] == ["0", "0x0"]  # read(0, ...)
                if done and waits:
                    break
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            memory = int(fields["VmHWM"].split()[0]) << 10
            out, _ = child.communicate()
        self.assertEqual(child.returncode, 0)
        return memory, out.decode().split()[0]

    def test_of_3_gib_need_less_than_1_mib(self):
        write("small", b"x")
        with open("sparse", "wb") as f:
            f.truncate(3 << 30)
        self.assertLess(os.stat("sparse").st_blocks * 512, MIB)
        for hash_name in HASHES:
            baseline, _ = self.peak_memory("small", hash_name)
            start = time.monotonic()
            memory, digest = self.peak_memory("sparse", hash_name)
            took = time.monotonic() - start
            print(f"  {hash_name}: 3 GiB in {took:.1f} s, {(memory - baseline) >> 10} KiB above {baseline >> 10} KiB", flush=True)
            self.assertEqual([digest], theirs(["sparse"], hash_name))
            self.assertLess(memory - baseline, MIB)
            counts["digests"] += 1

    def test_that_cannot_be(self):
        write("f", b"x")
        for arguments, says in ((["--block-size", "32"], "32"), (["--block-size", "6144"], "6144"), (["--block-size", "2147483648"], "2147483648"),
                                (["--block-size", "4k"], "4k"), (["--block-size", "-4096"], "-4096"), (["--hash", "sha1"], "sha1"),
                                (["--hash", "sha384"], "sha384"), (["--salt", "0"], "0"), (["--salt", "xy"], "xy"), (["--salt", "00" * 33], "32 bytes"),
                                (["--layout", "digsig"], "--layout"), (["--keyid", "00"], "--keyid")):
            with self.subTest(arguments=arguments):
                out, err = self.tool(2, "digest", "--fsverity", *arguments, "f")
                self.assertEqual(out, "")
                self.assertIn(says, err)
        self.assertIn("--fsverity", self.tool(2, "digest", "--block-size", "4096", "f")[1])
        self.assertIn("--fsverity", self.tool(2, "digest", "--compact", "f")[1])
        self.tool(7, "digest", "--fsverity", "not-there")
        self.tool(7, "digest", "--fsverity", self.folder)
        out, _ = self.tool(7, "digest", "--fsverity", "not-there", "f")
        self.assertEqual(len(out.splitlines()), 1)


class Signatures(InFolder):
    def setUp(self):
        super().setUp()
        write("f", hashlib.shake_256(b"signed").digest(10007))

    def ways(self):
        for hash_name in HASHES:
            for block, salt in ((4096, ""), (1024, "aabb"), (65536, bytes(range(32)).hex())):
                yield hash_name, block, salt

    def test_of_fsverity_sign_are_verified_and_written_again(self):
        for name in "rsa2048", "rsa4096":
            for hash_name, block, salt in self.ways():
                with self.subTest(key=name, hash=hash_name, block=block, salt=salt):
                    must("fsverity", "sign", "f", "theirs.sig", f"--key={key(name)}", f"--cert={key(name, 'cert.pem')}",
                         *options(hash_name, block, salt, "--hash-alg"))
                    out, _ = self.verify(0, "theirs.sig", *options(hash_name, block, salt), name=name)
                    self.assertIn(f"verified (fsverity, {hash_name}", out)
                    self.tool(0, "sign", "--layout", "fsverity", *options(hash_name, block, salt)[1:], hash_name, key(name), key(name, "cert.pem"), "f")
                    self.assertEqual(read("f.sig"), read("theirs.sig"))
                    counts["signatures"] += 1
        for name in "p256", "p384":
            with self.subTest(key=name):
                must("fsverity", "sign", "f", "theirs.sig", f"--key={key(name)}", f"--cert={key(name, 'cert.pem')}")
                self.verify(0, "theirs.sig", name=name)
                counts["signatures"] += 1

    def test_are_what_openssl_takes(self):
        for name in "rsa2048", "p256", "p384":
            for hash_name, block, salt in self.ways():
                with self.subTest(key=name, hash=hash_name, block=block, salt=salt):
                    before = read("f")
                    self.tool(0, "sign", "--force", "--layout", "fsverity", *options(hash_name, block, salt)[1:], hash_name, key(name), key(name, "cert.pem"), "f", "g.sig")
                    self.assertEqual(read("f"), before)
                    self.assertFalse(os.path.exists("f.sig"))
                    self.verify(0, "g.sig", *options(hash_name, block, salt), name=name)
                    write("formatted", formatted(hash_name, theirs(["f"], hash_name, block, salt)[0]))
                    must("openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", "g.sig", "-content", "formatted", "-noverify", "-nointern",
                         "-certfile", key(name, "cert.pem"), "-out", os.devnull)
                    counts["signatures"] += 1

    def test_over_attributes_and_by_another_hash_are_verified(self):
        write("formatted", formatted("sha256", theirs(["f"])[0]))
        for more in ([], ["-noattr"], ["-md", "sha512"], ["-md", "sha384", "-noattr"]):
            with self.subTest(more=more):
                must("openssl", "cms", "-sign", "-binary", "-nocerts", "-outform", "DER", "-in", "formatted", "-signer", key("rsa2048", "cert.pem"),
                     "-inkey", key("rsa2048"), "-out", "a.sig", "-nosmimecap", *more)
                self.verify(0, "a.sig")
                write("other", read("f") + b"x")
                self.verify(1, "a.sig", path="other")
                counts["signatures"] += 1
        must("openssl", "cms", "-sign", "-binary", "-nocerts", "-outform", "DER", "-in", "formatted", "-signer", key("rsa2048", "cert.pem"),
             "-inkey", key("rsa2048"), "-out", "a.sig", "-noattr", "-md", "sha1")
        self.verify(5, "a.sig")
        self.verify(0, "a.sig", "--policy", "legacy")

    def test_that_do_not_fit_are_refused(self):
        self.tool(0, "sign", "--layout", "fsverity", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "f")
        self.verify(0, "f.sig")
        for more in (["--hash", "sha512"], ["--block-size", "1024"], ["--salt", "00"]):
            self.verify(1, "f.sig", *more)
        self.verify(4, "f.sig", name="rsa4096")
        signature = read("f.sig")
        write("cut.sig", signature[:-1])
        self.verify(6, "cut.sig")
        write("long.sig", signature + b"\0")
        self.verify(6, "long.sig")
        write("f", read("f")[:-1])
        self.verify(1, "f.sig")

    def test_are_over_the_file_as_it_lies_on_disk(self):
        write("m.ko.gz", gzip.compress(read("f")))
        must("fsverity", "sign", "m.ko.gz", "m.sig", f"--key={key('rsa2048')}", f"--cert={key('rsa2048', 'cert.pem')}")
        self.verify(0, "m.sig", path="m.ko.gz")
        write("empty", b"")
        must("fsverity", "sign", "empty", "e.sig", f"--key={key('rsa2048')}", f"--cert={key('rsa2048', 'cert.pem')}")
        self.verify(0, "e.sig", path="empty")

    def test_are_told_apart_in_tsv_and_inspect(self):
        self.tool(0, "sign", "--layout", "fsverity", "sha512", key("rsa2048"), key("rsa2048", "cert.pem"), "f")
        out, _ = self.verify(0, "f.sig", "--hash", "sha512", "--tsv")
        self.assertEqual(out.split("\t")[:7], ["f", "verified", "-", "-", "fsverity", "sha512", "rsa-pkcs1"])
        out, _ = self.tool(0, "inspect", "--layout", "fsverity", "--hash", "sha512", "--trust", key("rsa2048", "cert.pem"), "--signature", "f.sig", "f")
        self.assertIn("fsverity", out)

    def test_usage(self):
        three = "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "f"
        self.tool(2, "sign", "--layout", "fsverity", "sha1", *three[1:])
        self.tool(2, "sign", "--layout", "fsverity", "--block-size", "3", *three)
        self.tool(2, "sign", "--layout", "fsverity", "--keyid", "00", *three)
        self.tool(2, "sign", "--salt", "00", *three)
        self.tool(2, "verify", "--hash", "sha256", "--trust", three[2], "f")
        self.tool(2, "verify", "--layout", "fsverity", "--hash", "sha1", "--trust", three[2], "--signature", three[1], "f")
        self.tool(2, "attach", "--layout", "fsverity", "--trust", three[2], "f", "f")
        self.assertFalse(os.path.exists("f.sig"))


class RunningKernel(InFolder):
    def in_session(self, script, **environment):
        return run("keyctl", "session", "-", "sh", "-ec", script, TOOL=TOOL, KEYS=KEYS, **environment)

    def setUp(self):
        super().setUp()
        if not shutil.which("keyctl"):
            self.skipTest("keyctl is not installed (Debian: keyutils)")
        probe = self.in_session("keyctl add user modsig-probe x @s")
        if probe.returncode != 0:
            self.skipTest("this kernel or sandbox lets nobody add keys: " + probe.stderr.decode().strip())
        write("f", b"modsig example payload\n")

    def test_keys_verify_what_they_have_signed(self):
        must(TOOL, "sign", "--layout", "digsig", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "f", "v1.ko")
        must(TOOL, "sign", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "f", "cms.ko")
        # Version 1 finds a key by its name: SHA-1 of the blob, bytes 12 to 19.
        blob = read(key("rsa2048", "digsig-v1.bin"))
        name = f"{int.from_bytes(hashlib.sha1(blob).digest()[12:], 'big'):X}"
        made = 'ring=$(keyctl newring _ima @s); keyctl padd user "$NAME" $ring < "$KEYS/rsa2048.digsig-v1.bin"; '
        certificate = 'ring=$(keyctl newring _module @s); keyctl padd user vendor $ring < "$KEYS/rsa2048.cert.der"; '
        done = self.in_session(made + '"$TOOL" verify --policy linux-digsig --kernel-keyring _ima v1.ko', NAME=name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.in_session(certificate + '"$TOOL" verify --kernel-keyring _module cms.ko', NAME=name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.in_session(certificate + '"$TOOL" verify --kernel-keyring _ima cms.ko', NAME=name)
        self.assertEqual(done.returncode, 7, done.stdout + done.stderr)
        self.assertIn(b"no keyring is called _ima", done.stderr)
        done = self.in_session(made + 'keyctl setperm $ring 0x21000000; "$TOOL" verify --kernel-keyring _ima v1.ko', NAME=name)
        self.assertEqual(done.returncode, 7, done.stdout + done.stderr)
        self.assertIn(b"may not be read", done.stderr)

    def test_what_is_no_key_is_named(self):
        must(TOOL, "sign", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "f", "cms.ko")
        script = ('ring=$(keyctl newring _module @s); keyctl padd user vendor $ring < "$KEYS/rsa2048.cert.der"; '
                  'keyctl add user nonsense x $ring; keyctl newring within $ring; "$TOOL" verify --kernel-keyring _module cms.ko')
        done = self.in_session(script)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(b"_module/nonsense", done.stderr)
        self.assertIn(b"_module/within", done.stderr)


if __name__ == "__main__":
    TOOL, KEYS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    if not shutil.which("fsverity"):
        sys.exit("fsverity is not installed (Debian: fsverity)")
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:], remark=lambda: "; " + ", ".join(f"{n} {what}" for what, n in counts.items())))
