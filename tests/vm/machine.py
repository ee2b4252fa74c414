# SPDX-License-Identifier: BSL-1.0
"""A machine that boots a kernel with an initramfs and ends by itself: QEMU's own processor, whether there is a /dev/kvm or not: some that
open run no kernel. MODSIG_VM_ACCEL=kvm takes it."""
import os
import shutil
import subprocess

TIME_LIMIT = 900  # seconds for a boot: a hang, not slowness, ends it
ACCELERATOR = os.environ.get("MODSIG_VM_ACCEL", "tcg")
BUSYBOX = "/bin/busybox"
QEMU = shutil.which("qemu-system-x86_64")
# What it lacks here; empty: nothing.
MISSING = (f"a kernel package of {os.uname().machine} does not run on qemu-system-x86_64" if os.uname().machine != "x86_64"
           else "" if QEMU else "no qemu-system-x86_64 here (package qemu-system-x86)")


class Archive:
    """An initramfs: cpio, format newc, as Documentation/driver-api/early-userspace/buffer-format.rst has it."""

    def __init__(self):
        self.entries, self.folders = [], set()

    def add(self, path, content, mode=0o100755):
        for i, letter in enumerate(path):
            if letter == "/" and path[:i] and path[:i] not in self.folders:
                self.folders.add(path[:i])
                self.entries.append((path[:i], 0o040755, b""))
        self.entries.append((path, mode, content))

    def add_folder(self, path):
        self.folders.add(path)
        self.entries.append((path, 0o040755, b""))

    def write(self, path):
        with open(path, "wb") as out:
            for number, (name, mode, content) in enumerate(self.entries + [("TRAILER!!!", 0, b"")], 1):
                fields = number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0
                head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
                out.write(head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4))


def boot(name, vmlinux, archive, memory, arguments="", cpus=1):
    """The lines that the guest printed, split into fields; the last is ["DONE"] when it came to its end. `name`: of the files that are
    written."""
    result, console = name + ".result", name + ".console"
    archive.write(name + ".cpio")
    try:
        subprocess.run([QEMU, "-machine", "pc", "-accel", ACCELERATOR, "-cpu", "max", "-m", str(memory), "-smp", str(cpus), "-nodefaults", "-no-user-config",
                        "-display", "none", "-no-reboot", "-kernel", vmlinux, "-initrd", name + ".cpio",
                        # Documentation/admin-guide/kernel-parameters.txt: an emulator that waits for a processor fails that check.
                        "-append", "console=ttyS0 quiet panic=-1 no_timer_check " + arguments, "-serial", "file:" + console, "-serial", "file:" + result],
                       stdin=subprocess.DEVNULL, check=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        print(f"{name}: no end after {TIME_LIMIT} s")
    with open(result, encoding="utf-8", errors="replace") as file:
        lines = [line.split("\t") for line in file.read().splitlines()]
    # QEMU's own status says nothing: it is 0 after a panic too.
    if not lines or lines[-1] != ["DONE"]:
        with open(console, encoding="utf-8", errors="replace") as file:
            print(f"{name}: the guest did not come to its end; it said last {lines[-3:]}, and its kernel\n" + file.read()[-3000:])
    return lines


def rows(lines, kind):
    return [line[1:] for line in lines if line[0] == kind]
