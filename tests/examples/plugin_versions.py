# SPDX-License-Identifier: BSL-1.0
"""What the tests of examples/plugin-host share: plugins that announce themselves, signed by whom it may be, and a host that
is watched while it runs."""
import os
import signal
import subprocess
import time

from harness import must, read, run

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../load/versioned_plugin.c")


def compiled(path, name="raced", who="version 1", added=0, evil=False):
    must(os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", f'-DNAME="{name}"', f'-DWHO="{who}"',
         f"-DADDED={added}", *(["-DEVIL"] if evil else []), "-o", path, SOURCE)
    return path


def signed(tool, keys, key, path):
    """The bytes of this plugin, signed."""
    must(tool, "sign", "--force", "--layout", "digsig", "sha256", f"{keys}/{key}.key.pem", f"{keys}/{key}.cert.pem", path, f"{path}.signed")
    return read(f"{path}.signed")


def put(path, content):
    """As it should be done: beside it, and then in its place."""
    with open(f"{path}.new", "wb") as f:
        f.write(content)
    os.rename(f"{path}.new", path)


class Host:
    """plugin-host, with what it says in two files."""

    def __init__(self, program, log, *arguments, **process):
        self.log = log
        with open(f"{log}.out", "wb") as out, open(f"{log}.err", "wb") as err:
            self.process = subprocess.Popen([program, *arguments], stdout=out, stderr=err, stdin=subprocess.DEVNULL, **process)

    def said(self, stream="out"):
        return read(f"{self.log}.{stream}").decode(errors="replace")

    def wait_for(self, text, stream="out", count=1, seconds=60):
        deadline = time.monotonic() + seconds
        while self.said(stream).count(text) < count:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not said {count} times; exit {self.process.returncode}\n"
                                     f"{self.said()}\n{self.said('err')}")
            time.sleep(0.005)

    def end(self, with_signal=signal.SIGTERM):
        """Its exit status, negative when a signal killed it."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(timeout=60)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def loaded_unverified(path):
    """What this plugin says when nobody verifies it."""
    return run("python3", "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1]).plugin_run(1)", path).stdout.decode()
