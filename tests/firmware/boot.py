#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""examples/firmware in QEMU: which slot is started, what is refused and with which words, how large the boot stage is, and how
much stack it takes.

boot.py ROOT MODSIG [TEST...]

The stack is painted by QEMU before the reset and looked at through QEMU's monitor: the boot stage is not changed for it.
Needs make, arm-none-eabi-g++ with libstdc++, openssl and qemu-system-arm."""
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

root, modsig = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
sys.path.insert(0, os.path.join(root, "tests/examples"))
import harness  # noqa: E402
from harness import must, read, write  # noqa: E402

keys = os.path.join(root, "tests/data/corpus/keys")
firmware = os.path.join(root, "examples/firmware")
# As examples/firmware/board.hpp, boot.ld and application.ld have it.
SLOTS = {"A": 0x40000, "B": 0x80000}
SLOT_SIZE, HEADER_SIZE, COUNTER = 0x20000, 0x200, 0xC0000
RAM, RAM_SIZE = 0x20000000, 0x2000
PAINT = struct.pack("<I", 0xA5C3F00D)
# Bytes: code and read-only data, the stack of a boot.
MOST_FLASH, MOST_STACK = 10 * 1024 + 256, 2304
LAST_LINES = (b"runs in slot A\r\n", b"runs in slot B\r\n", b"nothing to start\r\n", b"fault\r\n")

built = None
boots = 0


def setUpModule():
    global built
    for program in ("make", "arm-none-eabi-g++", "openssl", "qemu-system-arm", "readelf", "nm"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing")
    built = tempfile.mkdtemp(prefix="modsig-boot-")
    unittest.addModuleCleanup(shutil.rmtree, built)
    # As a user calls it; what it signs is tried, too.
    must("make", "-s", "-C", firmware, "OUT=" + built, "MODSIG=" + modsig, f"KEY={keys}/rsa2048.key.pem", f"CERT={keys}/rsa2048.cert.pem")


def in_slot(image):
    assert len(image) <= SLOT_SIZE
    return image.ljust(SLOT_SIZE, b"\xff")


EMPTY = in_slot(b"")


def signed(slot, version, counter=1, *, key="rsa2048", rom=None, options=None):
    """An image for this slot."""
    more = ["--rom-fixed", hex(SLOTS[slot] if rom is None else rom)] if options is None else options
    if counter is not None:
        more = [*more, "--security-counter", counter]
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "image")
        must(modsig, "sign", "--layout", "mcuboot", "--version", version, "--header-size", HEADER_SIZE, *more, "sha256", f"{keys}/{key}.key.pem",
             f"{keys}/{key}.pub.pem", os.path.join(built, f"application-{slot}.bin"), image)
        return read(image)


def changed(image, at, by=1):
    return image[:at] + bytes([image[at] ^ by]) + image[at + 1 :]


def second_tlvs(image):
    """Where they begin."""
    header_size, protected_size, body_size = struct.unpack_from("<HHI", image, 8)
    return header_size + body_size + protected_size


class Machine:
    """One boot, until it has nothing more to say."""

    def __init__(self, a, b, counter=0):
        global boots
        boots += 1
        with tempfile.TemporaryDirectory() as folder:
            part = lambda name, content: write(os.path.join(folder, name), content)
            loads = [(part("a", a), SLOTS["A"]), (part("b", b), SLOTS["B"]), (part("counter", struct.pack("<I", counter)), COUNTER),
                     (part("paint", PAINT * (RAM_SIZE // 4)), RAM)]
            monitor = os.path.join(folder, "qmp")
            command = ["qemu-system-arm", "-M", "mps2-an385", "-nodefaults", "-display", "none", "-serial", "stdio", "-qmp", f"unix:{monitor},server=on,wait=off",
                       "-kernel", os.path.join(built, "boot.elf")]
            for file, address in loads:
                command += ["-device", f"loader,file={file},addr={address:#x},force-raw=on"]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                try:
                    self.said = self._listen(process)
                    self._look(monitor, folder)
                finally:
                    process.kill()

    @staticmethod
    def _listen(process):
        said, deadline = b"", time.monotonic() + 60
        os.set_blocking(process.stdout.fileno(), False)
        while not said.endswith(LAST_LINES):
            if time.monotonic() > deadline or process.poll() is not None:
                raise AssertionError(f"no last line: {said} {process.poll()}")
            said += process.stdout.read() or b""
            time.sleep(0.01)
        return said.decode().replace("\r\n", "\n")

    def _look(self, monitor, folder):
        with socket.socket(socket.AF_UNIX) as qmp:
            qmp.connect(monitor)
            with qmp.makefile("rw") as lines:
                json.loads(lines.readline())
                def ask(name, **arguments):
                    lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
                    lines.flush()
                    while True:
                        answer = json.loads(lines.readline())
                        if "event" not in answer:
                            assert "return" in answer, answer
                            return
                ask("qmp_capabilities")
                ask("pmemsave", val=RAM, size=RAM_SIZE, filename=os.path.join(folder, "ram"))
                ask("pmemsave", val=COUNTER, size=4, filename=os.path.join(folder, "counter"))
        ram = read(os.path.join(folder, "ram"))
        self.counter = struct.unpack("<I", read(os.path.join(folder, "counter")))[0]
        untouched = 0
        while ram[untouched : untouched + 4] == PAINT:
            untouched += 4
        self.stack = RAM_SIZE - untouched
        ran = re.search(r"application (\S+) runs in slot (.)", self.said)
        self.started = ran.groups() if ran else None


class Booting(unittest.TestCase):
    def boot(self, a, b, counter=0):
        return Machine(in_slot(a), in_slot(b), counter)

    def starts(self, machine, version, slot):
        self.assertEqual((version, slot), machine.started, machine.said)

    def refuses(self, machine, *lines):
        for line in lines:
            self.assertIn(line + "\n", machine.said)

    def test_what_make_has_signed(self):
        a, b = read(os.path.join(built, "slot-a.img")), read(os.path.join(built, "slot-b.img"))
        machine = self.boot(a, b)
        self.starts(machine, "1.1.0+0", "B")

    def test_good_a_alone(self):
        machine = self.boot(signed("A", "1.0.0"), b"")
        self.starts(machine, "1.0.0+0", "A")
        self.assertEqual(machine.said, "boot\nslot B: refused: bad_magic\nslot A: version 1.0.0+0: verified, security counter 1, starts\napplication 1.0.0+0 runs in slot A\n")

    def test_the_newer_one_wherever_it_is(self):
        for a, b, version, slot in (("1.0.0", "1.0.1", "1.0.1+0", "B"), ("1.0.2", "1.0.1", "1.0.2+0", "A"), ("1.9.9+9", "2.0.0", "2.0.0+0", "B"),
                                    ("1.0.0+1", "1.0.0+2", "1.0.0+2", "B"), ("1.0.0", "1.0.0", "1.0.0+0", "A")):
            with self.subTest(a=a, b=b):
                self.starts(self.boot(signed("A", a), signed("B", b)), version, slot)

    def test_tampered_newer_one_is_refused_and_the_other_started(self):
        newer = signed("A", "2.0.0")
        machine = self.boot(changed(newer, HEADER_SIZE + 300), signed("B", "1.0.0"))
        self.refuses(machine, "slot A: refused: digest_mismatch")
        self.starts(machine, "1.0.0+0", "B")

    def test_a_version_that_is_not_signed_wins_nothing(self):
        machine = self.boot(changed(signed("A", "1.0.0"), 20, 0xFE), signed("B", "1.0.1"))
        self.refuses(machine, "slot A: refused: digest_mismatch")
        self.starts(machine, "1.0.1+0", "B")

    def test_both_bad(self):
        a, b = signed("A", "1.0.0"), signed("B", "1.1.0")
        machine = self.boot(changed(a, len(a) - 1), changed(b, HEADER_SIZE))
        self.assertEqual(machine.said, "boot\nslot B: refused: digest_mismatch\nslot A: refused: signature_mismatch\nnothing to start\n")
        self.assertEqual(machine.counter, 0)

    def test_empty_slots(self):
        machine = self.boot(b"", b"")
        self.refuses(machine, "slot A: refused: bad_magic", "slot B: refused: bad_magic", "nothing to start")

    def test_another_key(self):
        good = signed("A", "1.0.0")
        other = signed("A", "9.0.0", key="rsa2048e3")
        self.refuses(self.boot(other, b""), "slot A: refused: key_not_found")
        # With the right key's digest: it is still not that key's signature.
        at = second_tlvs(good) + 4 + 36 + 4
        forged = other[:at] + good[at : at + 32] + other[at + 32 :]
        self.assertNotEqual(forged, other)
        self.refuses(self.boot(forged, b""), "slot A: refused: signature_mismatch")
        self.refuses(self.boot(signed("A", "1.0.0", key="p256"), b""), "slot A: refused: key_not_found")

    def test_unsigned(self):
        good = signed("A", "1.0.0")
        at = second_tlvs(good)
        self.refuses(self.boot(good[:at], b""), "slot A: refused: bad_magic")
        only_hash = good[:at] + struct.pack("<HH", 0x6907, 40) + good[at + 4 : at + 40]
        self.refuses(self.boot(only_hash, b""), "slot A: refused: no_signature")

    def test_truncated(self):
        good = signed("A", "1.0.0")
        for size in (4, 31, 32, HEADER_SIZE, HEADER_SIZE + 100, second_tlvs(good) + 2, len(good) - 256, len(good) - 1):
            machine = self.boot(good[:size], signed("B", "0.0.1"))
            self.assertRegex(machine.said, r"slot A: refused: [a-z_]+\n")
            self.starts(machine, "0.0.1+0", "B")
        larger = good[:12] + struct.pack("<I", SLOT_SIZE) + good[16:]
        self.refuses(self.boot(larger, b""), "slot A: refused: length_overflow")

    def test_no_way_back(self):
        old, new = signed("A", "5.0.0", 1), signed("B", "1.0.0", 2)
        machine = self.boot(old, new, counter=2)
        self.refuses(machine, "slot A: version 5.0.0+0: refused: rolled back: its security counter is below the stored one")
        self.starts(machine, "1.0.0+0", "B")
        machine = self.boot(old, b"", counter=2)
        self.refuses(machine, "nothing to start")
        self.assertEqual(machine.counter, 2)

    def test_a_started_image_raises_the_counter(self):
        image = signed("A", "1.0.0", 7)
        machine = self.boot(image, b"", counter=3)
        self.starts(machine, "1.0.0+0", "A")
        self.assertEqual(machine.counter, 7)
        self.starts(self.boot(image, b"", counter=7), "1.0.0+0", "A")
        # One that is refused does not.
        self.assertEqual(self.boot(changed(signed("A", "1.0.0", 9), HEADER_SIZE), b"", counter=3).counter, 3)
        most = 0xFFFFFFFF
        self.starts(self.boot(signed("A", "1.0.0", most), b"", counter=most), "1.0.0+0", "A")

    def test_without_a_counter(self):
        self.refuses(self.boot(signed("A", "1.0.0", None), b""), "slot A: version 1.0.0+0: refused: no security counter")

    def test_a_counter_that_is_changed(self):
        good = signed("A", "1.0.0", 1)
        at = second_tlvs(good) - 4
        self.assertEqual(good[at], 1)
        self.refuses(self.boot(changed(good, at, 3), b"", counter=2), "slot A: refused: digest_mismatch")

    def test_for_another_place(self):
        words = "slot {}: version 1.0.0+0: refused: built for another slot"
        self.refuses(self.boot(b"", signed("A", "1.0.0")), words.format("B"))
        self.refuses(self.boot(signed("A", "1.0.0", options=[]), b""), words.format("A"))
        self.refuses(self.boot(signed("A", "1.0.0", options=["--load-addr", hex(SLOTS["A"])]), b""), words.format("A"))

    def test_changed_bytes_all_over_the_image(self):
        good = signed("A", "1.0.0")
        hashed = second_tlvs(good)
        places = [0, 4, 8, 9, 10, 12, 15, 16, 20, 24, 28, 31, 32, HEADER_SIZE - 1, HEADER_SIZE, HEADER_SIZE + 4, hashed - 12, hashed - 8, hashed - 1,
                  hashed, hashed + 2, hashed + 4, hashed + 6, hashed + 8, hashed + 40, hashed + 44, hashed + 76, hashed + 80, len(good) - 1]
        refused = 0
        for at in places:
            machine = self.boot(changed(good, at, 0x41), b"")
            self.assertIsNone(machine.started, (at, machine.said))
            self.assertRegex(machine.said, r"slot A: refused: [a-z_]+\n")
            refused += 1
        print(f"{refused} of {len(places)} refused ...", end=" ")


class Sizes(unittest.TestCase):
    def test_sizes(self):
        table = must("readelf", "-SW", os.path.join(built, "boot.elf")).decode()
        size = {m[1]: int(m[2], 16) for m in re.finditer(r"^\s+\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)", table, re.M)}
        code, constants, memory = size[".text"], size[".rodata"], size.get(".data", 0) + size.get(".bss", 0)
        a, b = signed("A", "1.0.0"), signed("B", "1.1.0")
        stack = max(Machine(in_slot(changed(a, len(a) - 1)), in_slot(b)).stack, Machine(in_slot(a), in_slot(changed(b, len(b) - 1))).stack)
        print(f"code {code}, read-only data {constants}, memory {memory}, peak stack {stack} bytes ...", end=" ")
        self.assertLessEqual(code + constants, MOST_FLASH)
        self.assertEqual(memory, 0)
        self.assertLessEqual(stack, MOST_STACK)
        self.assertGreater(stack, 500)  # it was measured
        undefined = must("nm", "-u", os.path.join(built, "boot.o")).decode().split()
        self.assertLessEqual(set(undefined) - {"U"}, {"memcpy", "memset"})


if __name__ == "__main__":
    sys.exit(harness.run_tests(sys.modules[__name__], sys.argv[3:], remark=lambda: f" ({boots} boots)"))
