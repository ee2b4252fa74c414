#!/usr/bin/env python3
"""Every command with a fault in it: one system call after the other fails, with an errno that fits it, or is the last one that its
process makes. Nothing half-written has a final name, nothing is left over, no private key is anywhere but in its file, the
exit status is right, and nothing hangs.
Arguments: the tool, tests/support/fault, a folder of keys. A sample of the points is tried, or with MODSIG_FAULTS=all each."""
import collections
import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from harness import must, read, run, run_tests, write

TOOL = FAULT = KEYS = ""
LIMIT = 10  # seconds
SAMPLE = 36  # points of each command and kind of fault
counts = collections.Counter()
SIGN = ["sha256", "key.pem", "cert.pem"]
PRIVATE = b"PRIVATE KEY"


def files(folder):
    return {os.path.relpath(os.path.join(at, name), folder): read(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names}


def is_temporary(path):
    name = os.path.basename(path)
    return name.startswith(".") and name.endswith("~")


class Scenario:
    """A command, and what there is to be before and after it. `remade`: names of files that never have the same content twice, each with
    a function that says whether content of it is whole. `replaces`: it gives a new file an old one's name."""

    def __init__(self, *words, remade=None, replaces=False, statuses=(0, 7), extra=None):
        self.words, self.remade, self.replaces, self.statuses, self.extra = words, remade or {}, replaces, statuses, extra


def whole_key(content):
    return content.startswith(b"-----BEGIN PRIVATE KEY") and content.endswith(b"-----END CERTIFICATE-----\n")


def whole_certificate(content):
    return run("openssl", "x509", "-inform", "DER", "-noout", stdin=content).returncode == 0


KEY_FILES = {"new.pem": whole_key, "new.x509": whole_certificate}
SCENARIOS = {
    "verify": Scenario("verify", "-j", "1", "--trust", "cert.pem", "--revoked", "revoked", "signed.ko", "tree"),
    "inspect": Scenario("inspect", "--trust", "cert.pem", "signed.ko"),
    "keys": Scenario("keys", "keys"),
    "digest": Scenario("digest", "--layout", "digsig", "--cert", "cert.pem", "plain.ko"),
    "load": Scenario("load", "--dry-run", "--trust", "cert.pem", "--modules-dep", "modules.dep", "signed.ko"),
    "genkey": Scenario("genkey", "--type", "ecdsa-p256", "--out", "new.pem", remade=KEY_FILES),
    "genkey over old keys": Scenario("genkey", "--type", "ecdsa-p256", "--force", "--out", "new.pem", remade=KEY_FILES, replaces=True, extra="old keys"),
    "sign to another file": Scenario("sign", *SIGN, "plain.ko", "new.ko"),
    "sign in place": Scenario("sign", *SIGN, "plain.ko", replaces=True),
    "sign beside": Scenario("sign", "--layout", "digsig", "--sigfile", *SIGN, "plain.ko"),
    "attach": Scenario("attach", "--cert", "cert.pem", "raw", "plain.ko", replaces=True),
    "strip": Scenario("strip", "signed.ko", replaces=True),
    "extract": Scenario("extract", "signed.ko", "new.p7s"),
}


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="modsig-faults-")
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.pattern = f"{cls.work}/pattern"
        os.mkdir(cls.pattern), os.chdir(cls.pattern)
        shutil.copy(f"{KEYS}/rsa2048.key.pem", "key.pem"), shutil.copy(f"{KEYS}/rsa2048.cert.pem", "cert.pem")
        write("plain.ko", bytes(range(256)) * 300)
        must(TOOL, "sign", *SIGN, "plain.ko", "signed.ko")
        digest = write("digest", bytes.fromhex(must(TOOL, "digest", "plain.ko").decode()))
        must("openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-pkeyopt", "digest:sha256", "-in", digest, "-out", "raw")
        os.mkdir("tree"), shutil.copy("signed.ko", "tree/a.ko"), os.mkdir("keys"), shutil.copy("cert.pem", "keys/a.pem")
        write("revoked", b"bin:" + 64 * b"0" + b"\n"), write("modules.dep", b"signed.ko:\n")
        _, cls.startup = cls.listed([TOOL, "--version"], cls.pattern)

    @classmethod
    def folder(cls, scenario):
        """A new one with what the command needs."""
        made = f"{tempfile.mkdtemp(dir=cls.work)}/here"
        shutil.copytree(cls.pattern, made)
        if scenario.extra == "old keys":
            write(f"{made}/new.pem", read(f"{made}/key.pem") + read(f"{made}/cert.pem"))
            write(f"{made}/new.x509", must("openssl", "x509", "-in", f"{made}/cert.pem", "-outform", "DER"))
        return made

    @staticmethod
    def listed(command, folder):
        """How it ends, and the numbers of its system calls."""
        done = subprocess.run([FAULT, "list", "--", *command], cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True,
                              env={**os.environ, "FAULT_REPORT": f"{folder}.calls", "SOURCE_DATE_EPOCH": "1344512043"})
        return done, read(f"{folder}.calls").split()

    def points(self, scenario):
        """What it does without a fault, and the numbers of the calls that are its own: those of any program's start are left out."""
        folder = self.folder(scenario)
        done, calls = self.listed([TOOL, *scenario.words], folder)
        self.assertEqual(done.returncode, 0, f"{scenario.words}\n{done.stderr.decode()}")
        first = next(i for i, (own, other) in enumerate(zip(calls, self.startup)) if own != other)
        return done, files(folder), range(first, len(calls))

    def wrong(self, scenario, folder, before, good, done, was_killed):
        """What is wrong after a fault; nothing, else."""
        after = files(folder)
        status = done.returncode
        allowed = (*scenario.statuses, 128 + signal.SIGKILL) if was_killed else scenario.statuses
        if status not in allowed and not (was_killed and 0 <= status <= 7):
            return f"exit {status}: {done.stderr.decode(errors='replace')}"
        out, is_whole = good
        if status == 0:
            if done.stdout != out.stdout and not was_killed:
                return f"exit 0 and other output: {done.stdout!r}"
            missing = [n for n in is_whole if n not in after]
            unchanged = [n for n in is_whole if n in before and before[n] != is_whole[n] and after.get(n) == before[n]]
            if missing or unchanged:
                return f"exit 0 without {missing or unchanged}"
        temporary = [n for n in after if n not in before and n not in is_whole]
        for name in temporary:
            secret = os.stat(f"{folder}/{name}").st_mode & 0o777 == 0o600
            if not (was_killed and scenario.replaces and is_temporary(name) and secret and len(temporary) == 1):
                return f"exit {status}: left over: {name}{', a private key' if PRIVATE in after[name] else ''}"
        for name, content in after.items():
            if name in temporary or content in (before.get(name), is_whole.get(name)):
                continue
            if name not in scenario.remade or not scenario.remade[name](content):
                return f"exit {status}: {name} is half-written: {len(content)} bytes"
        for name, content in before.items():
            if name not in after:
                return f"exit {status}: {name} is gone"
        return None

    def attempt(self, scenario, words, good, was_killed):
        folder = self.folder(scenario)
        before = files(folder)
        try:
            with subprocess.Popen([FAULT, *words, "--", TOOL, *scenario.words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  start_new_session=True, env={**os.environ, "FAULT_REPORT": f"{folder}.report", "SOURCE_DATE_EPOCH": "1344512043"}) as child:
                start = time.monotonic()
                try:
                    out, errors = child.communicate(timeout=LIMIT)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.communicate()
                    return f"{read(f'{folder}.report').decode().strip()}: still there after {LIMIT} s"
            if child.returncode == 124:
                return None
            counts["killed" if was_killed else "failed"] += 1
            counts["seconds"] = max(counts["seconds"], time.monotonic() - start)
            done = subprocess.CompletedProcess(words, child.returncode, out, errors)
            fault = self.wrong(scenario, folder, before, good, done, was_killed)
            return fault and f"{read(f'{folder}.report').decode().strip()}: {fault}"
        finally:
            shutil.rmtree(os.path.dirname(folder), ignore_errors=True)

    def everywhere(self, name):
        scenario = SCENARIOS[name]
        out, made, calls = self.points(scenario)
        good = out, {n: c for n, c in made.items()}
        some = calls
        if os.environ.get("MODSIG_FAULTS") != "all" and len(calls) > SAMPLE:
            some = [calls[i * len(calls) // SAMPLE] for i in range(SAMPLE)]
        rounds = range(3) if some is calls else [0]
        work = [(["kill", str(n)], True) for n in some] + [(["fail", str(n), str(r)], False) for n in some for r in rounds]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            faults = list(pool.map(lambda each: (each[0], self.attempt(scenario, each[0], good, each[1])), work))
        self.assertEqual([f"{' '.join(words)}: {fault}" for words, fault in faults if fault], [], name)


def one(name):
    return lambda self: self.everywhere(name)


for each in SCENARIOS:
    setattr(Faults, "test_" + each.replace(" ", "_"), one(each))


def main():
    global TOOL, FAULT, KEYS
    TOOL, FAULT, KEYS = (os.path.abspath(argument) for argument in sys.argv[1:4])
    return run_tests(sys.modules[__name__], sys.argv[4:],
                     remark=lambda: f"; {counts['failed']} calls failed, {counts['killed']} processes killed, the longest took {counts['seconds']:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
