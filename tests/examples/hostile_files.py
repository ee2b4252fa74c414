#!/usr/bin/env python3
"""A FIFO, a socket, a device, a file of /proc wherever a path is taken, in the middle of a scan, and in the folders of a program
that runs: nothing hangs, and nothing of it counts as a file. Arguments: the tool, plugin-host, insmod, a folder of keys."""
import collections
import concurrent.futures
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from harness import must, read, run, run_tests, write

TOOL = HOST = INSMOD = KEYS = ""
LIMIT = 10  # seconds
counts = collections.Counter()

# Every place of every command that takes a path, as a command line; @ stands for the path. Where a file would do, the command
# has all else that it needs. The test of the help texts finds out what is missing here.
TRUSTED = ["--trust", "cert.pem"]
KERNEL = ["--policy", "linux-modsign", "--kernel-config", "@"]
TRUST = {option: [option, "@", "signed.ko"] for option in ("--trust", "--trust-kernel", "--user-keys", "--mok")}
TRUST |= {"--trust-for": ["--trust-for", "modsign", "@", "signed.ko"], "--revoked": [*TRUSTED, "--revoked", "@", "signed.ko"],
          "--kernel-config": [*TRUSTED, *KERNEL, "signed.ko"], "--root": ["--release", "1", "--root", "@", "signed.ko"]}
VERIFYING = TRUST | {"--signature": [*TRUSTED, "--signature", "@", "plain.ko"]}
SIGN = ["sha256", "key.pem", "cert.pem", "plain.ko"]
INSTALL = ["--type", "ecdsa-p256", "--from", "tree"]
ATTACH = ["--cert", "cert.pem", "raw", "plain.ko"]
INPUTS = {
    "verify": VERIFYING | {"PATH": [*TRUSTED, "@"], "--files-from": [*TRUSTED, "--files-from", "@"]},
    "inspect": VERIFYING | {"FILE": [*TRUSTED, "@"]},
    "load": VERIFYING | {"FILE": [*TRUSTED, "@"], "--modules-dep": [*TRUSTED, "--dry-run", "--modules-dep", "@", "signed.ko"]},
    "keys": {"PATH": ["@"], "--kernel-config": [*KERNEL, "cert.pem"]},
    "revoke-line": {"CERT": ["@"], "--kernel-config": ["--kernel-config", "@", "cert.pem"]},
    "genkey": {"--config": ["--config", "@", "--out", "new.pem"]},
    "sign": {"KEY": ["sha256", "@", "cert.pem", "plain.ko", "out"], "CERT": ["sha256", "key.pem", "@", "plain.ko", "out"],
             "FILE": ["sha256", "key.pem", "cert.pem", "@", "out"], "RAWSIG": ["-s", "@", "sha256", "cert.pem", "plain.ko", "out"],
             "--kernel-config": ["--kernel-config", "@", *SIGN, "out"], "--also": ["--also", "@", "other.cert", *SIGN, "out"]},
    "install": {"--from": ["--type", "ecdsa-p256", "--from", "@", "--to", "out"], "--key": ["--key", "@", "--cert", "cert.pem", "--from", "tree", "--to", "out"],
                "--cert": ["--key", "key.pem", "--cert", "@", "--from", "tree", "--to", "out"]},
    "digest": {"FILE": ["@"], "--cert": ["--layout", "digsig", "--cert", "@", "plain.ko"]},
    "attach": {option: words[:-1] + ATTACH for option, words in TRUST.items()} |
              {"--cert": ["--cert", "@", "raw", "plain.ko", "out"], "--signatures": [*ATTACH[:2], "--signatures", "@", "plain.ko"],
               "RAWSIG": [*ATTACH[:2], "@", "plain.ko", "out"], "FILE": [*ATTACH[:2], "raw", "@", "out"]},
    "strip": {"FILE": ["@", "out"]},
    "extract": {"FILE": ["@", "out"]},
}
OUTPUTS = {
    "verify": {"--html": [*TRUSTED, "--html", "@", "signed.ko"]},
    "genkey": {"--out": ["--force", "--type", "ecdsa-p256", "--out", "@"]},
    "sign": {"DEST": [*SIGN, "@"]},
    "install": {"--to": [*INSTALL, "--to", "@"], "--debug-dir": [*INSTALL, "--to", "out", "--debug-dir", "@"],
                "--public-key-out": [*INSTALL, "--to", "out", "--public-key-out", "@"]},
    "attach": {"DEST": [*ATTACH, "@"]},
    "strip": {"DEST": ["signed.ko", "@"]},
    "extract": {"DEST": ["signed.ko", "@"]},
}
PATH_TYPES = {"FILE", "DIR", "IMAGE", "KEY", "PATH", "DEST", "RAWSIG", "CERT"}


def places_of(command):
    """What the help text names: options and arguments that are paths."""
    text = must(TOOL, command, "--help").decode()
    for line in re.findall(r"^  ([A-Z-].*?)(?:  |$)", text, re.M):
        name, *rest = re.split(r"[ :]", line)
        if name == "ARGUMENTS":
            yield from PATH_TYPES & set(re.findall(r"\b[A-Z]+\b", re.search(r"ARGUMENTS.*", text.split("Positionals:")[1]).group()))
            continue
        if name.startswith("-") and PATH_TYPES & set(re.split(r"[ |]", " ".join(rest).split(":")[0].split("Excludes")[0])):
            yield name.split(",")[-1]
        elif name in PATH_TYPES:
            yield name


class Folder:
    """What the commands need, and the special files. Each command line runs in its own."""

    def __init__(self, work):
        self.path = tempfile.mkdtemp(dir=work)
        for name in os.listdir(f"{work}/pattern"):
            source = f"{work}/pattern/{name}"
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, f"{self.path}/{name}")
        special(self.path)

    def __truediv__(self, name):
        return os.path.join(self.path, name)


def special(folder):
    """Made here, all of them: a test that goes wrong is not to replace the machine's own devices."""
    os.mkfifo(f"{folder}/fifo")
    for name, target in LINKS.items():
        os.symlink(target, f"{folder}/{name}")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(folder, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{here}/socket")  # a socket's path is short
        os.close(here)


LINKS = {"fifo-link": "fifo", "zero": "/dev/zero", "terminal": "/dev/ptmx", "environ": "/proc/self/environ", "kernel-log": "/proc/kmsg"}
KINDS = "fifo", "socket", *LINKS


def timed(command, folder, **more):
    """Its exit status; the processes that it leaves die with it."""
    counts["runs"] += 1
    start = time.monotonic()
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **more) as child:
        try:
            _, errors = child.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return None, f"still there after {LIMIT} s"
    return child.returncode, f"{time.monotonic() - start:.1f} s, exit {child.returncode}: {errors.decode(errors='replace')}"


class Hostile(unittest.TestCase):
    work = None

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="modsig-hostile-")
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        os.mkdir(f"{cls.work}/pattern")
        os.chdir(f"{cls.work}/pattern")
        shutil.copy(f"{KEYS}/rsa2048.key.pem", "key.pem"), shutil.copy(f"{KEYS}/rsa2048.cert.pem", "cert.pem")
        shutil.copy(f"{KEYS}/p256.key.pem", "other.key"), shutil.copy(f"{KEYS}/p256.cert.pem", "other.cert")
        write("plain.ko", bytes(range(256)) * 16)
        must(TOOL, "sign", *SIGN, "signed.ko")
        digest = write("digest", bytes.fromhex(must(TOOL, "digest", "plain.ko").decode()))
        must("openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-pkeyopt", "digest:sha256", "-in", digest, "-out", "raw")
        os.mkdir("tree"), shutil.copy("plain.ko", "tree/a.ko")

    def everywhere(self, places, check):
        """Every command line with every kind, several at once; check(status) says whether it may be so."""
        def each(command, place, words, kind):
            folder = Folder(self.work)
            before = os.lstat(folder / kind)
            status, text = timed([TOOL, command, *(kind if w == "@" else w for w in words)], folder.path)
            if not stat.S_ISLNK(before.st_mode) and os.lstat(folder / kind).st_ino != before.st_ino:
                return f"{command} {place} {kind}: replaced"
            return None if status is not None and check(status) else f"{command} {place} {kind}: {text}"

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            jobs = [pool.submit(each, command, place, words, kind) for command, table in places.items() for place, words in table.items() for kind in KINDS]
            self.assertEqual([job.result() for job in jobs if job.result()], [])

    def test_the_table_has_every_place_that_takes_a_path(self):
        for command in INPUTS:
            named = set(places_of(command))
            covered = set(INPUTS[command]) | set(OUTPUTS.get(command, {}))
            self.assertTrue(named, command)
            self.assertEqual(named - covered, set(), f"{command}: places without a test")
            self.assertEqual({p for p in covered if p.startswith("-")} - named, set(), f"{command}: no such option any more")
        listed = re.findall(r"^  ([a-z-]+) ", must(TOOL, "--help").decode().split("Subcommands:")[1], re.M)
        self.assertEqual(set(listed), set(INPUTS))

    def test_the_table_works_with_files(self):
        """Otherwise the refusals would be of something else."""
        good = {"KEY": "key.pem", "--key": "key.pem", "RAWSIG": "raw", "--from": "tree", "--signatures": "signatures", "--config": "config", "--modules-dep": "modules.dep",
                "--kernel-config": "kernel-config", "--also": "other.key", "--files-from": "list"}
        for command, table in INPUTS.items():
            for place, words in table.items():
                if place in ("--root", "--user-keys", "--trust-kernel", "--signature", "--revoked"):
                    continue  # what is good there is another test's
                folder = Folder(self.work)
                os.mkdir(folder / "signatures")
                shutil.copy(folder / "raw", folder / f"signatures/{read(folder / 'digest').hex()}")
                write(folder / "config", b"[ req ]\ndefault_bits = 2048\nprompt = no\ndistinguished_name = n\nx509_extensions = e\n[ n ]\nCN = x\n[ e ]\nkeyUsage = digitalSignature\n")
                write(folder / "kernel-config", b"# Linux/x86 6.12.117 Kernel Configuration\n")
                write(folder / "modules.dep", b"signed.ko:\n")
                write(folder / "list", b"signed.ko\n")
                target = good.get(place, "cert.pem")
                if place in ("FILE", "PATH") and command != "keys":
                    target = "plain.ko" if command in ("sign", "attach", "digest") else "signed.ko"
                dry = ["--dry-run"] if command == "load" and "--dry-run" not in words else []
                status, text = timed([TOOL, command, *dry, *(target if w == "@" else w for w in words)], folder.path)
                self.assertEqual(status, 0, f"{command} {place}: {text}")

    def test_no_input_hangs_or_is_taken(self):
        self.everywhere(INPUTS, lambda status: 1 <= status <= 7)

    def test_no_output_hangs(self):
        """A character device may be written to, a FIFO that nobody reads is waited for, and not for long."""
        self.everywhere(OUTPUTS, lambda status: 0 <= status <= 7)

    def test_pipes_of_our_own_are_read_with_a_time_limit(self):
        folder = Folder(self.work)
        must(TOOL, "sign", "-d", *SIGN, cwd=folder.path)
        certificate, revoked = read(folder / "cert.pem"), must("openssl", "x509", "-in", folder / "cert.pem", "-outform", "DER")
        for words, content, status in ((["--trust", "@", "signed.ko"], certificate, 0), ([*TRUSTED, "--revoked", "@", "signed.ko"], revoked, 5),
                                       ([*TRUSTED, "--signature", "@", "plain.ko"], read(folder / "plain.ko.p7s"), 0)):
            for source in "/dev/fd/{}", "/proc/self/fd/{}":
                with self.subTest(words=words, source=source):
                    ours, theirs = os.pipe()
                    os.write(theirs, content), os.close(theirs)
                    done, text = timed([TOOL, "verify", *(source.format(ours) if w == "@" else w for w in words)], folder.path, pass_fds=[ours])
                    os.close(ours)
                    self.assertEqual(done, status, text)
        shell = subprocess.run(["bash", "-c", f"'{TOOL}' verify --trust <(cat cert.pem) signed.ko"], cwd=folder.path, timeout=LIMIT, check=False)
        self.assertEqual(shell.returncode, 0)

    def test_the_middle_of_a_scan(self):
        folder = Folder(self.work)
        os.makedirs(folder / "scan/deep")
        special(folder / "scan")
        for name in "a.ko", "z.ko", "deep/m.ko":
            shutil.copy(folder / "signed.ko", folder / f"scan/{name}")
        for name in "fifo", "socket":
            os.rename(folder / f"scan/{name}", folder / f"scan/deep/{name}.ko")
        for name in LINKS:
            os.rename(folder / f"scan/{name}", folder / f"scan/{name}.ko")
        write(folder / "scan/b.ko.xz", b"")
        os.remove(folder / "scan/b.ko.xz"), os.mkfifo(folder / "scan/b.ko.xz")
        for more in [], ["--all"], ["-j", "1"]:
            done = run(TOOL, "verify", "--tsv", *more, *TRUSTED, "scan", cwd=folder.path, process={"timeout": LIMIT})
            rows = [line.split("\t")[:3] for line in done.stdout.decode().splitlines()]
            good = [name for name, verdict, _ in rows if verdict == "verified"]
            self.assertEqual(good, ["scan/a.ko", "scan/deep/m.ko", "scan/z.ko"], rows)
            self.assertTrue(all(code == "io_error" for _, verdict, code in rows if verdict != "verified"), rows)
        # Trusted and revoked folders, and one of signatures.
        os.mkdir(folder / "keys")
        special(folder / "keys")
        shutil.copy(folder / "cert.pem", folder / "keys/cert.pem")
        status, text = timed([TOOL, "verify", "--trust", "keys", "signed.ko"], folder.path)
        self.assertEqual(status, 0, text)
        for name in KINDS:
            self.assertIn(f"keys/{name}", text)
        os.remove(folder / "keys/cert.pem")
        for words, wanted in ((["verify", *TRUSTED, "--revoked", "keys", "signed.ko"], {7}), (["keys", "keys"], {1, 7}), (["verify", "--user-keys", "keys", "signed.ko"], {7})):
            status, text = timed([TOOL, *words], folder.path)
            self.assertIn(status, wanted, f"{words}: {text}")
        os.mkdir(folder / "signatures"), os.mkfifo(folder / f"signatures/{read(folder / 'digest').hex()}")
        status, text = timed([TOOL, "attach", "--cert", "cert.pem", "--signatures", "signatures", "plain.ko"], folder.path)
        self.assertEqual(status, 7, text)
        os.mkfifo(folder / "tree/b.ko"), os.symlink("/dev/zero", folder / "tree/c.ko")
        status, text = timed([TOOL, "install", "--type", "ecdsa-p256", "--from", "tree", "--to", "out"], folder.path)
        self.assertIn(status, range(8), text)
        self.assertFalse([n for n in ("b.ko", "c.ko") if os.path.exists(folder / f"out/{n}") and not os.path.islink(folder / f"out/{n}")])

    def test_a_file_that_becomes_a_fifo_while_the_tree_is_scanned(self):
        folder = Folder(self.work)
        os.mkdir(folder / "scan")
        for i in range(40):
            shutil.copy(folder / "signed.ko", folder / f"scan/{i:02}.ko")
        ends = time.monotonic() + 3
        stop = threading.Event()

        def swap():
            i = 0
            while not stop.is_set():
                path = folder / f"scan/{i % 40:02}.ko"
                os.mkfifo(folder / "new"), os.rename(folder / "new", path)
                shutil.copy(folder / "signed.ko", folder / "back"), os.rename(folder / "back", path)
                i += 7

        swapper = threading.Thread(target=swap)
        swapper.start()
        try:
            while time.monotonic() < ends:
                for more in [], ["-j", "1"]:
                    status, text = timed([TOOL, "verify", "--quiet", *more, *TRUSTED, "scan"], folder.path)
                    self.assertIn(status, (0, 7), text)
        finally:
            stop.set(), swapper.join()

    def test_insmod(self):
        for words in (["--trust", "@", "signed.ko"], ["--trust", "cert.pem", "@"], ["--trust", "cert.pem", "--modules-dep", "@", "signed.ko"]):
            for kind in KINDS:
                with self.subTest(words=words, kind=kind):
                    status, text = timed([INSMOD, *(kind if w == "@" else w for w in words)], Folder(self.work).path)
                    self.assertIn(status, range(1, 8), text)

    def test_plugin_host_by_argument(self):
        for words in (["@"], ["--pin", "plugin=@", "x.so"], ["--revoked", "@", "x.so"], ["--watch", "@"], ["--revoked", "keys", "x.so"]):
            for kind in KINDS:
                with self.subTest(words=words, kind=kind):
                    folder = Folder(self.work)
                    os.mkdir(folder / "keys"), special(folder / "keys")
                    status, text = timed([HOST, *(w.replace("@", kind) for w in words)], folder.path)
                    self.assertIn(status, (1, 2), text)

    def test_plugin_host_while_it_runs(self):
        """Whatever is put into its folders: it hears of revocations, and ends when it is told to."""
        folder = Folder(self.work)
        os.mkdir(folder / "plugins"), os.mkdir(folder / "keys")
        shutil.copy(os.path.join(os.path.dirname(HOST), "plugin.so"), folder / "plugins/doubler.so")
        with subprocess.Popen([HOST, "--revoked", "keys", "--watch", "plugins"], cwd=folder.path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as host:
            watchdog = threading.Timer(3 * LIMIT, host.kill)
            watchdog.start()
            try:
                seen = []

                def until(word):
                    for line in host.stdout:
                        seen.append(line)
                        if word in line:
                            return line
                    raise AssertionError(f"no {word}: {seen}")

                until("loaded")
                until("watching")
                for place in "keys", "plugins":
                    special(folder / place)
                    for name in KINDS:
                        os.rename(folder / f"{place}/{name}", folder / f"{place}/{name}.so")
                    os.mkfifo(folder / f"{place}/another.so")
                shutil.copy(f"{KEYS}/rsa2048.cert.pem", folder / "keys/cert.pem")
                self.assertIn("key", until("unloaded"))
                host.terminate()
                until("calls")
                self.assertEqual(host.wait(LIMIT), 0)
            finally:
                watchdog.cancel()
                if host.poll() is None:
                    host.kill()


def main():
    global TOOL, HOST, INSMOD, KEYS
    TOOL, HOST, INSMOD, KEYS = (os.path.abspath(argument) for argument in sys.argv[1:5])
    return run_tests(sys.modules[__name__], sys.argv[5:], remark=lambda: f"; {counts['runs']} runs")


if __name__ == "__main__":
    sys.exit(main())
