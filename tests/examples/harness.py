# SPDX-License-Identifier: BSL-1.0
"""What the tests of the command-line tool have in common."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

GENKEY_CONFIG = b"[ req ]\ndistinguished_name = n\nprompt = no\nx509_extensions = e\n[ n ]\nCN = x\n[ e ]\nkeyUsage = digitalSignature\n"
NO_KERNEL = "no Debian kernel package here (tests/run.sh fetches one)"


def run(*command, stdin=None, cwd=None, process=None, **environment):
    """Nothing of what the caller's environment says about time stamps and passphrases gets through. `process`: more options
    for subprocess.run. No terminal to ask for passphrases on."""
    env = {k: v for k, v in os.environ.items() if k not in ("SOURCE_DATE_EPOCH", "KBUILD_SIGN_PIN", "EVMCTL_KEY_PASSWORD")}
    return subprocess.run([str(c) for c in command], input=stdin, capture_output=True, cwd=cwd, env={**env, **environment},
                          check=False, **{"start_new_session": True, **(process or {})})


def must(*command, **more):
    done = run(*command, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{(done.stderr or done.stdout).decode()}")
    return done.stdout


def write(name, content):
    with open(name, "wb") as f:
        f.write(content)
    return name


def read(name):
    with open(name, "rb") as f:
        return f.read()


class ModuleInFolder(unittest.TestCase):
    """Each test in a new folder, with a module there: plain.ko, and good.ko, which `tool` has signed; `cert` is the signer's certificate."""

    def begin(self, tool, keys):
        self.folder = tempfile.mkdtemp(prefix="modsig-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        self.addCleanup(os.chdir, "/")
        self.cert = f"{keys}/rsa2048.cert.pem"
        write("plain.ko", bytes(range(256)) * 16)
        must(tool, "sign", "sha256", f"{keys}/rsa2048.key.pem", self.cert, "plain.ko", "good.ko")


def run_tests(module, names=(), enough=None, remark=lambda: ""):
    """The exit status, after the closing line. `enough`: says whether the tests have looked at anything."""
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    start = os.getcwd()
    outcome = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    os.chdir(start)
    # A test may fail in several subtests; it is one test.
    failed = len({getattr(test, 'test_case', test).id() for test, _ in outcome.failures + outcome.errors})
    for test, why in outcome.skipped:
        print(f"skip  {test.id().removeprefix('__main__.')}: {why}")
    skipped = len(outcome.skipped)
    passed = max(0, outcome.testsRun - failed - skipped)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "") + remark())
    return 1 if failed or not (passed if enough is None else enough()) else 0
