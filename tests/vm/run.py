#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Real modules and a real kernel: Debian's stock kernel boots under QEMU with the static insmod and the guest program, loads
its modules after they were verified, and is asked for its own verdict on each. QEMU's own processor runs it, whether there
is a /dev/kvm or not: some that open run no kernel. MODSIG_VM_ACCEL=kvm takes it.
run.py INSMOD GUEST TOOL KERNEL-PACKAGE KEYS [RACE-SECONDS]   KEYS: the folder of test keys

MODSIG_TEST_CHECKED: how many modules are checked in every manipulation (default 320)."""
import base64
import collections
import concurrent.futures
import gzip
import lzma
import os
import shutil
import struct
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples"))
from harness import NO_KERNEL, must, read, run_tests, write
import machine
import verity
from machine import Archive
from verity import Verity

insmod, guest, tool, kernel, keys = (os.path.abspath(path) for path in sys.argv[1:6])
race_seconds = int(sys.argv[6]) if len(sys.argv) > 6 else 5
checked_count = int(os.environ.get("MODSIG_TEST_CHECKED", "320"))
enough_checked = 300

if not os.path.isdir(kernel):
    print(NO_KERNEL)
    sys.exit(77)
if machine.MISSING:
    print(machine.MISSING)
    sys.exit(77)
busybox = machine.BUSYBOX
if not os.path.exists(busybox) or b"/lib64/ld-linux" in read(busybox)[:4096]:
    print("no static /bin/busybox here (package busybox-static)")
    sys.exit(77)

missing = [each for each in verity.PROGRAMS if not shutil.which(each)]
if missing:
    print(f"no {', '.join(missing)} here (packages fsverity, e2fsprogs, openssl, keyutils)")
    sys.exit(77)

version = os.listdir(os.path.join(kernel, "lib/modules"))[0]
tree = f"lib/modules/{version}"
folder = tempfile.TemporaryDirectory(prefix="modsig-vm-")


def scratch(name):
    return os.path.join(folder.name, name)


# What is left out of the stable set: ninety seconds of self tests, and one that always fails.
noisy = {"test_bpf.ko", "tcrypt.ko"}
stable_folders = {"lib", "crypto", "fs", "net", "block", "mm"}


def read_dependencies(text):
    return {line.split(":")[0]: line.split(":")[1].split() for line in text.splitlines()}


def is_stable(path):
    return path.split("/")[1] in stable_folders and os.path.basename(path) not in noisy


def stable_set(dependencies):
    return sorted(path for path, needs in dependencies.items() if is_stable(path) and all(is_stable(each) for each in needs))


def signed_by_unknown_signer(modules):
    """The messages that an unknown signer signs for the same payloads: one for each module."""
    for number, path in enumerate(modules):
        os.makedirs(scratch(f"unknown_signer/{number}"), exist_ok=True)
        shutil.copy(os.path.join(kernel, tree, path), scratch(f"unknown_signer/{number}/m.ko"))
    must(tool, "install", "--from", scratch("unknown_signer"), "--to", scratch("signed"), "--key", f"{keys}/rsa2048.key.pem", "--cert", f"{keys}/rsa2048.cert.pem")
    found = []
    for number in range(len(modules)):
        module = read(scratch(f"signed/{number}/m.ko"))
        size, = struct.unpack(">I", module[-32:-28])
        found.append(module[-40 - size:-40])
    return found


def flipped(module):
    middle = len(module) // 2
    return module[:middle] + bytes([module[middle] ^ 1]) + module[middle + 1:]


def unsigned(module):
    size, = struct.unpack(">I", module[-32:-28])
    return module[:-40 - size]


steps = """
export PATH=/bin
step() { name=$1; shift; "$@" >/tmp/said 2>&1; echo "step\t$name\t$?\t$(tr '\\n\\t' '  ' </tmp/said)"; }
has() { grep -q "^$1 " /proc/modules && echo yes || echo no; }
I="/insmod --trust /trust/kernel.x509"
step usage /insmod --trust /trust/kernel.x509
step no_key /insmod /m/brd.ko
step no_file $I /m/nothing.ko
step tampered $I /m/tampered.ko
step unsigned $I /m/unsigned.ko
step unknown_signer $I /m/unknown_signer.ko
step cut $I /m/cut.ko
step linux_unsigned $I --policy linux-modsign /m/unsigned.ko
echo "seen\tbrd before\t$(has brd)"
step bad_parameter $I /m/brd.ko rd_nr=many
step parameters $I /m/brd.ko rd_nr=2 rd_size=4096
echo "seen\tbrd\t$(has brd)"
echo "seen\trd_nr\t$(cat /sys/module/brd/parameters/rd_nr) $(cat /sys/module/brd/parameters/rd_size)"
echo "seen\ttainted\t$(cat /proc/sys/kernel/tainted)"
step twice $I /m/brd.ko
rmmod brd
for how in xz zst gz; do
  step $how $I --policy linux-modsign /m/brd.ko.$how rd_nr=1
  rmmod brd
done
step pem /insmod --trust /trust/unknown_signer.pem --trust /trust/kernel.pem /m/brd.ko
step unknown_signer_trusted /insmod --trust /trust/unknown_signer.pem --policy linux-modsign /m/unknown_signer.ko
rmmod brd
step misnamed $I /m/misnamed.ko.gz
step no_device $I /TREE/EFIVARFS
step alone $I /TREE/EXT4
step needed $I --modules-dep /TREE/modules.dep /TREE/EXT4
echo "seen\text4\t$(has ext4) $(has jbd2) $(has mbcache)"
step needed_again $I --modules-dep /TREE/modules.dep /TREE/EXT4
step circle $I --modules-dep /bad/circle.dep /bad/a.ko
step outside $I --modules-dep /bad/outside.dep /bad/a.ko
step tampered_need $I --modules-dep /bad/needs.dep /bad/b.ko
for each in ext4 jbd2 mbcache crc16; do rmmod $each 2>/dev/null; done
T="modsig load --trust /trust/kernel.x509"
step tool_tampered $T /m/tampered.ko
step tool_unsigned $T /m/unsigned.ko
step tool_unknown_signer $T --policy linux-modsign /m/unknown_signer.ko
step tool_dry_run $T --dry-run /m/brd.ko
echo "seen\tbrd after dry run\t$(has brd)"
step tool_permissive $T --policy permissive /m/unsigned.ko
step tool_xz $T /m/brd.ko.xz rd_nr=3
echo "seen\trd_nr by tool\t$(cat /sys/module/brd/parameters/rd_nr)"
step tool_twice $T /m/brd.ko
step tool_no_device $T /TREE/EFIVARFS
step tool_alone $T --alone /TREE/EXT4
step tool_needed $T /TREE/EXT4
echo "seen\text4 by tool\t$(has ext4) $(has jbd2) $(has mbcache)"
for each in brd ext4 jbd2 mbcache crc16; do rmmod $each 2>/dev/null; done
echo "seen\tleft\t$(cut -d ' ' -f 1 /proc/modules | tr '\\n' ' ')"
"""


def boot(name, plan, archive, memory, arguments, cpus):
    """The lines that the guest printed, and how long it took."""
    archive.add("plan", f"kernel {version}\n{plan}".encode())
    begun = time.monotonic()
    lines = machine.boot(scratch(name), scratch("vmlinux"), archive, memory, arguments, cpus)
    return lines, time.monotonic() - begun


def common(modules):
    archive = Archive()
    archive.add("init", read(guest))
    archive.add("insmod", read(scratch("insmod")))
    archive.add("trust/kernel.x509", read(scratch("kernel.x509")))
    for path in "proc", "sys", "dev", "tmp", "race":
        archive.add_folder(path)
    for path in modules:
        archive.add(f"{tree}/{path}", read(os.path.join(kernel, tree, path)))
    return archive


def add_programs(archive, *programs):
    """With the libraries that they need, and the dynamic linker."""
    libraries = set()
    for program in programs:
        name = os.path.basename(program)
        must("strip", "-o", scratch(name), program)
        archive.add("bin/" + name, read(scratch(name)))
        libraries |= {word for word in must("ldd", program).decode().split() if word.startswith("/")}
    for library in sorted(libraries):
        archive.add(library[1:], read(library))


def add_busybox(archive, *applets):
    archive.add("bin/busybox", read(busybox))
    for applet in applets:
        archive.add("bin/" + applet, b"#!/bin/busybox sh\nexec /bin/busybox " + applet.encode() + b' "$@"\n')


def boot_enforcing():
    archive = common(stable)
    archive.add(f"{tree}/modules.dep", dependency_text.encode())
    archive.add("list", "\n".join(stable).encode() + b"\n")
    add_busybox(archive, "grep", "cat", "tr", "rmmod", "cut")
    add_programs(archive, tool)
    brd = read(os.path.join(kernel, tree, by_name["brd.ko"]))
    foreign = read(scratch(f"signed/{len(checked)}/m.ko"))
    pem = base64.encodebytes(read(scratch("kernel.x509")))
    for name, content in {"trust/kernel.pem": b"-----BEGIN CERTIFICATE-----\n" + pem + b"-----END CERTIFICATE-----\n", "trust/unknown_signer.pem": read(f"{keys}/rsa2048.cert.pem"),
                          "m/brd.ko": brd, "m/tampered.ko": flipped(brd), "m/unsigned.ko": unsigned(brd), "m/unknown_signer.ko": foreign, "m/cut.ko": brd[:-1],
                          "m/brd.ko.xz": lzma.compress(brd, preset=0), "m/brd.ko.gz": gzip.compress(brd, 1), "m/misnamed.ko.gz": brd,
                          "m/brd.ko.zst": must("zstd", "-q", "-1", "-c", os.path.join(kernel, tree, by_name["brd.ko"])),
                          "bad/a.ko": brd, "bad/b.ko": brd, "bad/t.ko": flipped(brd), "bad/circle.dep": b"a.ko: b.ko\nb.ko: a.ko\n",
                          "bad/outside.dep": b"a.ko: ../m/brd.ko\n../m/brd.ko:\n", "bad/needs.dep": b"b.ko: t.ko\nt.ko:\n"}.items():
        archive.add(name, content)
    archive.add("steps.sh", steps.replace("\\t", "\t").replace("TREE", tree).replace("EXT4", by_name["ext4.ko"]).replace("EFIVARFS", by_name["efivarfs.ko"]).encode())
    plan = ""
    for number, (path, message) in enumerate(zip(checked, unknown_signers)):
        archive.add(f"unknown_signer/{number}", message)
        plan += f"check /{tree}/{path} /unknown_signer/{number}\n"
    plan += f"shell /steps.sh\nload /{tree}/modules.dep /{tree} /list\n"
    return boot("enforcing", plan, archive, 640, "module.sig_enforce=1", 1)


def boot_open():
    raced = f"/{tree}/{by_name['crc8.ko']}"
    few = checked[:24] + [by_name["crc8.ko"]]
    plan = f"race crc8 {raced} {race_seconds}\n" + "".join(f"open /{tree}/{path}\n" for path in few) + f"shell /load.sh\ncareless crc8 {raced}\n"
    archive = common(dict.fromkeys(few))
    archive.add("bin/busybox", read(busybox))
    archive.add("m/unsigned.ko", unsigned(read(os.path.join(kernel, tree, by_name["crc8.ko"]))))
    # The kernel by itself takes an unsigned one, which is what insmod is for.
    archive.add("load.sh", b"""/insmod --trust /trust/kernel.x509 /m/unsigned.ko 2>/dev/null; echo "step\tours\t$?"
/bin/busybox insmod /m/unsigned.ko; echo "step\tbusybox\t$?"
echo "seen\ttaint\t$(/bin/busybox cat /sys/module/crc8/taint)"
/bin/busybox rmmod crc8\n""")
    return boot("open", plan, archive, 384, "", 2)


def boot_verity():
    disk = Verity.disk = verity.Disk(scratch("verity"), tool, keys)
    modules = [by_name[each] for each in verity.MODULES if each in by_name]  # what is not there is built in
    needed = list(modules)
    for path in needed:  # it grows
        needed += [each for each in dependencies[path] if each not in needed]
    archive = common(needed)
    archive.add(f"{tree}/modules.dep", dependency_text.encode())
    add_busybox(archive, "cp", "dd", "grep", "losetup", "mkdir", "mount", "tr", "umount")
    add_programs(archive, tool, shutil.which("fsverity"), shutil.which("keyctl"))
    return boot("verity", verity.add_files(archive, disk, keys, tree, modules), archive, 384, "", 1)


must("strip", "-o", scratch("insmod"), insmod)
must(guest, "unpack", os.path.join(kernel, "boot", "vmlinuz-" + version), scratch("vmlinux"), scratch("kernel.x509"))
dependency_text = must("depmod", "-n", "-b", kernel, version).decode().split("# ", 1)[0]
dependencies = read_dependencies(dependency_text)
by_name = {os.path.basename(path): path for path in dependencies}  # folders differ from version to version
stable = stable_set(dependencies)
by_size = sorted(stable, key=lambda path: (os.path.getsize(os.path.join(kernel, tree, path)), path))
checked = by_size[:checked_count]
unknown_signers = signed_by_unknown_signer(checked + [by_name["brd.ko"]])[:-1]

with concurrent.futures.ThreadPoolExecutor() as pool:
    boots = [pool.submit(each) for each in (boot_enforcing, boot_open, boot_verity)]
    (enforcing, enforcing_time), (opened, open_time), (Verity.lines, verity_time) = (each.result() for each in boots)

rows = machine.rows
accepted_by_kernel = {"EFAULT", "ENOENT"}  # it came to the parameters, or to a symbol that is not there
of_signatures = {"EKEYREJECTED", "EBADMSG", "ENODATA", "ENOKEY", "ENOPKG", "ELIBBAD", "EKEYREVOKED", "EKEYEXPIRED"}
manipulations = {"good", "payload_bit", "signature_bit", "key_id_size", "message_size_less", "message_size_more", "unsigned", "unknown_signer"}


class Vm(unittest.TestCase):
    maxDiff = None

    def test_1_the_guests_came_to_their_end(self):
        self.assertEqual(enforcing[-1:], [["DONE"]])
        self.assertEqual(opened[-1:], [["DONE"]])

    def test_1_insmod_is_as_small_as_the_readme_says(self):
        self.assertLess(os.path.getsize(scratch("insmod")), 1_850_000)  # 1.71 MB with g++ 12: with the native curves

    def test_2_verdicts_and_errnos_are_the_kernels_own_for_every_manipulation(self):
        seen = collections.defaultdict(set)
        differ, counts = [], collections.Counter()
        for module, what, errc, errno, kernels, calls in rows(enforcing, "check"):
            seen[module].add(what)
            counts[what, errc, kernels] += 1
            verified = errc == "verified"
            same = kernels in accepted_by_kernel if verified else errno == kernels
            if not same or verified != (what == "good") or int(calls) != (1 if verified else 0):
                differ.append((module, what, errc, errno, kernels, calls))
        for (what, errc, kernels), count in sorted(counts.items()):
            print(f"    {what}: {errc}, kernel {kernels}: {count}")
        self.assertEqual(differ, [])
        self.assertTrue(all(each == manipulations for each in seen.values()))
        self.assertGreaterEqual(len(seen), enough_checked)

    def test_3_the_stable_set_is_verified_and_loaded_in_order(self):
        loaded = rows(enforcing, "load")
        self.assertEqual(sorted(row[0] for row in loaded), stable)
        self.assertGreaterEqual(len(loaded), 500)  # Linux 6.1: 716, 7.2: 600
        self.assertEqual([row for row in loaded if row[1] != "verified" or row[3] != "1"], [])
        failed = [(os.path.basename(row[0]), row[2]) for row in loaded if row[2] != "-"]
        print(f"    {len(loaded) - len(failed)} loaded; the kernel's reasons for the others: {failed}")
        self.assertEqual([row for row in failed if row[1] in of_signatures], [])
        self.assertLessEqual(len(failed), 20)

    def test_4_insmod_and_the_tool_give_both_reasons_and_their_exit_status(self):
        steps = {row[0]: (int(row[1]), row[2]) for row in rows(enforcing, "step")}
        for name, (status, said) in steps.items():
            print(f"    {name}: {status} {said}")
        expected = {
            "usage": (2, "MODULE [PARAM=VALUE...]"), "no_key": (2, "no key is trusted"), "no_file": (7, "ENOENT"),
            "tampered": (1, "signature_mismatch", "the kernel was not asked", "EKEYREJECTED"), "unsigned": (3, "no_signature", "the kernel was not asked"),
            "unknown_signer": (4, "key_not_found", "the kernel was not asked"), "cut": (3, "no_signature", "the kernel was not asked"),
            "linux_unsigned": (3, "no_signature", "EKEYREJECTED"),
            "bad_parameter": (1, "verified, but the kernel refuses it: EINVAL"), "parameters": (0,), "twice": (1, "verified, but the kernel refuses it: EEXIST"),
            "pem": (0,), "unknown_signer_trusted": (1, "verified, but the kernel refuses it: EKEYREJECTED"), "xz": (0,), "zst": (0,), "gz": (0,), "misnamed": (7, "decompression_failed"),
            "no_device": (1, "verified, but the kernel refuses it: ENODEV"), "alone": (1, "verified, but the kernel refuses it: ENOENT"),
            "needed": (0,), "needed_again": (1, "EEXIST"), "circle": (6, "bad_structure"), "outside": (6, "bad_text"),
            "tampered_need": (1, "t.ko", "signature_mismatch", "the kernel was not asked"),
            "tool_tampered": (1, "signature_mismatch", "the kernel was not asked (EKEYREJECTED"), "tool_unsigned": (3, "no_signature", "the kernel was not asked"),
            "tool_unknown_signer": (4, "key_not_found", "the kernel was not asked (EKEYREJECTED"), "tool_dry_run": (0, "/m/brd.ko: verified; not loaded"),
            "tool_permissive": (1, "tolerated: there is no signature", "but the kernel refuses it: EKEYREJECTED"),
            "tool_xz": (0,), "tool_twice": (1, "verified, but the kernel refuses it: EEXIST"), "tool_no_device": (1, "verified, but the kernel refuses it: ENODEV"),
            "tool_alone": (1, "verified, but the kernel refuses it: ENOENT"), "tool_needed": (0,)}
        self.assertEqual(set(steps), set(expected))
        self.assertEqual([(name, steps[name]) for name, (status, *words) in expected.items()
                          if steps[name][0] != status or not all(word in steps[name][1] for word in words)], [])
        seen = dict(rows(enforcing, "seen"))
        self.assertEqual(seen,
                         {"left": "", "brd before": "no", "brd": "yes", "rd_nr": "2 4096", "tainted": "0", "ext4": "yes yes yes",
                          "brd after dry run": "no", "rd_nr by tool": "3", "ext4 by tool": "yes yes yes"})
        print(f"    {len(steps)} steps")

    def test_5_without_enforcement_the_kernel_takes_unsigned_modules_and_strict_does_not(self):
        results = collections.defaultdict(set)
        for _, what, errc, errno, kernels, calls in rows(opened, "open"):
            results[what].add((errc, errno, "taken" if kernels in accepted_by_kernel else kernels, calls))
        for what, each in sorted(results.items()):
            print(f"    {what}: {sorted(each)}")
        self.assertEqual(results["good"], {("verified", "-", "taken", "1")})
        self.assertEqual(results["sealed_file"], {("verified", "-", "taken", "1")})
        self.assertEqual(results["payload_bit"], {("signature_mismatch", "EKEYREJECTED", "EKEYREJECTED", "0")})
        self.assertEqual(results["unsigned"], {("no_signature", "ENODATA", "taken", "0")})
        self.assertEqual({row[2] for row in results["key_id_size"]}, {"EBADMSG"})
        self.assertEqual({name for name in results if "verified" in {row[0] for row in results[name]}}, {"good", "sealed_file"})
        self.assertEqual(dict(rows(opened, "step")), {"ours": "3", "busybox": "0"})
        self.assertEqual(rows(opened, "seen"), [["taint", "E"]])

    def test_6_a_writer_who_changes_the_file_never_gets_an_unverified_byte_loaded(self):
        (loaded, refused, unreadable, wrong, first), = rows(opened, "race")
        print(f"    {race_seconds} s: {loaded} loaded, {refused} refused, {unreadable} unreadable, {wrong} wrong")
        self.assertEqual((wrong, first), ("0", "-"))
        self.assertGreater(int(loaded), 0)
        self.assertGreater(int(refused), 0)

    def test_7_a_careless_loader_is_caught_so_the_writer_is_quick_enough(self):
        (what, tries, loaded), = rows(opened, "careless")
        print(f"    {what} after {tries} tries, {loaded} loads")
        self.assertEqual(what, "caught")


def sizes():
    return (f"; insmod, stripped, has {os.path.getsize(scratch('insmod'))} bytes; boots took {enforcing_time:.1f}, {open_time:.1f} and {verity_time:.1f} s side by side; in the guest "
            + ", ".join(f"{what} {int(ms) / 1000:.1f} s" for what, ms in rows(enforcing, "spent") + rows(opened, "spent") + rows(Verity.lines, "spent")))


sys.exit(run_tests(sys.modules[__name__], remark=sizes))
