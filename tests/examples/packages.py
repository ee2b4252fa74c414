#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""`modsig verify` with packages: modules and whatever else is signed in .deb and .rpm have the verdicts of the unpacked files, and no
hostile package crashes it, keeps it busy or passes in silence. packages.py TOOL KEYS [TEST...]"""
import collections
import gzip
import json
import lzma
import os
import random
import resource
import shutil
import sys
import tarfile
import tempfile
import unittest

from harness import ModuleInFolder, must, read, run, run_tests, write
from package_files import PACKERS, ar_of, cpio_entry, cpio_of, deb_of, deb_of_tar, link, rpm_of, rpm_of_cpio, special, tar_of

TOOL = KEYS = ""
MIB = 1 << 20
FOLDER = "usr/lib/modules/6.1/"
ABSENT = b"which this modsig was built without"


def with_xz(content):
    return lzma.compress(content, check=lzma.CHECK_CRC32)


class InFolder(ModuleInFolder):
    def setUp(self):
        self.begin(TOOL, KEYS)
        self.plain, self.good = read("plain.ko"), read("good.ko")
        self.changed = b"X" + self.good[1:]

    def verify(self, status, *arguments, seconds=60, memory=4096 * MIB, **more):
        limits = {"timeout": seconds, "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))}
        done = run(TOOL, "verify", "--trust", self.cert, *arguments, process=limits, **more)
        wanted = status if isinstance(status, tuple) else (status,)
        self.assertIn(done.returncode, wanted, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout, os.fsdecode(done.stderr)

    def rows(self, status, *arguments, **more):
        return [tuple(line.split("\t")[:3]) for line in os.fsdecode(self.verify(status, "--tsv", *arguments, **more)[0]).splitlines()]

    def members(self):
        """Of every verdict, and what is none of modsig's business."""
        return [(FOLDER + "a.ko", self.good), (FOLDER + "b.ko.xz", with_xz(self.good)), (FOLDER + "c.ko.gz", gzip.compress(self.plain)), (FOLDER + "d.ko", self.changed),
                (FOLDER + "e.ko.xz", with_xz(self.good)[:-9]), ("usr/lib/p.so", self.plain), ("usr/share/signed.bin", self.good), ("usr/share/doc/readme", b"text"), ("usr/share/doc/changelog.gz", gzip.compress(b"text")),
                ("usr/share/doc/notes.zst", b"\x28\xb5\x2f\xfd" + bytes(9)), ("etc/empty", b"")]

    def unpacked(self, members, folder="tree"):
        for name, content in members:
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            write(f"{folder}/{name}", content)

    def expected(self, package, members):
        """What the files have when they are unpacked."""
        self.unpacked(members)
        rows = [row for name, _ in members for row in self.rows((0, 1, 3, 6, 7), f"tree/{name}")]
        wanted = [row for row, (name, _) in zip(rows, members) if name.endswith((".ko", ".ko.xz", ".ko.gz", ".so")) or row[1] == "verified"]
        return [(package + ":" + path.removeprefix("tree/"), *rest) for path, *rest in wanted]


class Good(InFolder):
    def test_members_have_the_verdicts_of_files(self):
        for packing in PACKERS:
            write(f"x{packing}.deb", deb_of(self.members(), packing))
            write(f"x{packing}.rpm", rpm_of(self.members(), packing))
        for packing in PACKERS:
            for package in f"x{packing}.deb", f"x{packing}.rpm":
                rows = self.rows(1, package)
                self.assertEqual(rows, self.expected(package, self.members()))
                self.assertEqual(collections.Counter(row[2] for row in rows), {"-": 3, "no_signature": 2, "signature_mismatch": 1, "decompression_failed": 1})

    def test_every_member_with_all(self):
        write("x.deb", deb_of(self.members()))
        self.assertEqual([row[0] for row in self.rows(1, "--all", "x.deb")], ["x.deb:" + name for name, _ in self.members()])

    @unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg-deb here (package dpkg)")
    def test_dpkg_deb(self):
        self.unpacked([*self.members(), ("DEBIAN/control", b"Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n")])
        for how in ["-Zxz"], ["-Zgzip"], ["-Znone"], *([["-Zzstd"]] if b"zstd" in must("dpkg-deb", "--help") else []):
            must("dpkg-deb", "--root-owner-group", *how, "-b", "tree", "x.deb")
            self.assertEqual(sorted(self.rows(1, "x.deb")), sorted(self.expected("x.deb", self.members())))

    @unittest.skipUnless(shutil.which("rpmbuild"), "no rpmbuild here (package rpm)")
    def test_rpmbuild(self):
        self.unpacked(self.members())
        os.link(f"tree/{FOLDER}a.ko", f"tree/{FOLDER}hard.ko")
        os.symlink("a.ko", f"tree/{FOLDER}soft.ko")
        write("x.spec", b"Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\n%install\ncp -a " + os.fsencode(self.folder) +
              b"/tree/. %{buildroot}/\n%files\n/\n")
        for io_form in "w9.gzdio", "w3.zstdio", "w2.xzdio", "w.ufdio":
            must("rpmbuild", "-bb", "--quiet", f"--define=_topdir {self.folder}/top", f"--define=_rpmdir {self.folder}", f"--define=_binary_payload {io_form}",
                 "--define=_rpmfilename x.rpm", "--define=__os_install_post %{nil}", "--define=_build_id_links none", "x.spec")
            links = [(f"x.rpm:{FOLDER}{name}.ko", "verified", "-") for name in ("hard", "soft")]
            self.assertEqual(sorted(self.rows(1, "x.rpm")), sorted(self.expected("x.rpm", self.members()) + links), io_form)

    def test_json_names_members_and_the_remedy_is_for_them(self):
        write("x.deb", deb_of(self.members()))
        *files, summary = map(json.loads, self.verify(1, "--json", "x.deb")[0].splitlines())
        self.assertEqual((summary["files"], summary["verified"], summary["rejected"]), (7, 3, 4))
        for file in files:
            self.assertTrue(file["remedy"] is None or file["remedy"].startswith("in the unpacked package: "), file)
        self.assertTrue(any(file["remedy"] for file in files))

    def test_packages_among_files_lists_folders_and_shares(self):
        os.mkdir("pool")
        for i in range(20):
            write(f"pool/p{i}.deb", deb_of([(f"lib/m{j}.ko", self.good if (i + j) % 4 else self.changed) for j in range(3)], ".gz"))
        write("pool/z.rpm", rpm_of([("lib/m.ko", self.good)]))
        whole = self.rows(1, "good.ko", "pool")
        self.assertEqual(len(whole), 62)
        self.assertEqual({tuple(self.rows(1, "-j", jobs, "good.ko", "pool")) for jobs in "137"}, {tuple(whole)})
        listed = b"\n".join(sorted(os.fsencode(f"pool/{name}") for name in os.listdir("pool")))
        self.assertEqual(self.rows(1, "good.ko", "--files-from", "-", stdin=listed), whole)
        for count in 2, 5:
            parts = [row for i in range(1, count + 1) for row in self.rows((0, 1), "good.ko", "pool", "--shard", f"{i}/{count}")]
            self.assertEqual(collections.Counter(parts), collections.Counter(whole))

    def test_a_package_without_modules_is_said(self):
        for name, package in ("x.deb", deb_of([("usr/share/doc/readme", b"text")])), ("x.rpm", rpm_of([])):
            write(name, package)
            out, said = self.verify(2, name)
            self.assertIn(f"{name}: there is no module", said)
            self.assertIn("nothing to verify", said)
            self.assertEqual(json.loads(self.verify(2, "--json", name)[0])["files"], 0)
            self.assertIn(f"{name}: there is no module", self.verify(0, name, "good.ko")[1])
            self.assertIn("shard 1/1: 0 verified", self.verify(0, "--shard", "1/1", name)[0].decode())

    def test_a_detached_signature_is_of_the_package(self):
        write("x.deb", deb_of(self.members()))
        must(TOOL, "sign", "-d", "sha256", f"{KEYS}/rsa2048.key.pem", self.cert, "x.deb")
        self.assertEqual(self.rows(0, "--signature", "x.deb.p7s", "x.deb"), [("x.deb", "verified", "-")])

    def test_keys_that_cannot_be_read(self):
        write("x.deb", deb_of(self.members()))
        self.assertEqual(self.rows(7, "--revoked", "missing", "x.deb"), [("x.deb", "rejected", "not_checked")])


class Hostile(InFolder):
    GOOD = FOLDER + "a.ko"

    def tar(self, members, **more):
        return deb_of_tar(tar_of(members, **more))

    def broken(self, content, name="x.deb", code="io_error", *options, **more):
        """The package has a line of its own, which says so."""
        write(name, content)
        rows = self.rows((1, 6, 7), *options, name, **more)
        self.assertEqual(rows[-1], (name, "rejected", code))
        return rows[:-1]

    def all_broken(self, packages, name):
        """Each has a line of its own, which says so; there is one run for all."""
        names = [write(f"{i}{name}", package) for i, package in enumerate(packages)]
        rows = self.rows((1, 7), *names)
        self.assertEqual([row for row in rows if ":" not in row[0]], [(each, "rejected", "io_error") for each in names])

    def test_of_another_kind(self):
        for name in "x.deb", "x.rpm":
            other = rpm_of([(self.GOOD, self.good)]) if name == "x.deb" else deb_of([(self.GOOD, self.good)])
            for content in b"", b"x", self.good, other, bytes(MIB), tar_of([(self.GOOD, self.good)]), b"!<arch>\n", b"\xed\xab\xee\xdb", gzip.compress(cpio_of([(self.GOOD, self.good)])):
                self.assertEqual(self.broken(content, name), [])
        self.assertEqual(self.rows(7, "missing.deb"), [("missing.deb", "rejected", "io_error")])
        os.mkfifo("fifo.deb")
        self.assertEqual(self.rows(7, "fifo.deb"), [("fifo.deb", "rejected", "io_error")])

    def test_parts_of_a_deb(self):
        tar = tar_of([("./" + self.GOOD, self.good)])
        control = ("control.tar.xz", lzma.compress(tar_of([])))
        data, version = ("data.tar", tar), ("debian-binary", b"2.0\n")
        for parts in [], [version], [version, control], [version, data], [data], [version, control, ("data.tar.xz", tar)], [version, control, ("data.tar.7z", tar)], [version, control, ("data.zip", tar)]:
            self.assertEqual(self.broken(ar_of(parts)), [], parts)
        for parts in [version, control, data, data], [version, control, data, ("more", tar)], [version, control, data, control]:
            self.assertEqual(self.broken(ar_of(parts)), [("x.deb:" + self.GOOD, "verified", "-")])
        write("x.deb", ar_of([version, ("_gpgorigin", b"x"), control, data, ("_gpgbuilder", b"x")]))
        self.rows(0, "x.deb")

    def test_cut_off_anywhere(self):
        for name, package in ("x.deb", deb_of([(self.GOOD, self.good)])), ("x.rpm", rpm_of([(self.GOOD, self.good)])):
            sizes = sorted({*range(0, len(package), 97), *range(len(package) - 20, len(package))})
            self.all_broken([package[:size] for size in sizes], name)

    def test_changed_anywhere(self):
        """What a check sum, a signature or a format protects. A byte of a name or a time may change: then the file has another name."""
        for name, package in ("x.deb", deb_of([(self.GOOD, self.good)])), ("x.rpm", rpm_of([(self.GOOD, self.good)], ".xz")):
            begin = package.index(b"\xfd7zXZ", 1000 if name == "x.deb" else 0) if name == "x.rpm" else package.index(b"data.tar") + 60
            draw = random.Random(2)
            damaged = []
            for _ in range(60):
                damaged.append(bytearray(package))
                damaged[-1][draw.randrange(begin, len(package) - 1)] ^= 1 << draw.randrange(8)
            self.all_broken(damaged, name)

    def test_any_bytes(self):
        draw = random.Random(3)
        for name, package in ("x.deb", deb_of(self.members(), "")), ("x.rpm", rpm_of(self.members(), "")):
            for i in range(100):
                changed = bytearray(package)
                for _ in range(draw.choice((1, 3, 30))):
                    changed[draw.randrange(len(changed))] = draw.randrange(256)
                write(f"{i}{name}", changed)
        self.verify((1,), "--tsv", *(f"{i}{name}" for i in range(100) for name in ("x.deb", "x.rpm")))

    def test_bombs(self):
        head = tarfile.TarInfo("./usr/big")
        head.size = 100 * MIB
        parts = [("debian-binary", b"2.0\n"), ("control.tar.xz", lzma.compress(tar_of([])))]
        big = gzip.compress(head.tobuf(tarfile.GNU_FORMAT) + bytes(head.size), 1)
        limit = "--limit", str(64 * MIB)
        self.assertEqual(self.broken(ar_of([*parts, ("data.tar.gz", big)]), "x.deb", "too_large", *limit), [])
        inner = gzip.compress(bytes(20 * MIB), 1)
        bombs = self.broken(self.tar([(f"./lib/{i}.ko.gz", inner) for i in range(8)]), "x.deb", "too_large", *limit)
        self.assertEqual([row[2] for row in bombs], ["no_signature"] * len(bombs))
        self.assertLess(len(bombs), 8)
        # More than any module has.
        write("x.deb", self.tar([("./" + self.GOOD, self.good), ("./lib/bomb.ko.gz", gzip.compress(bytes(257 * MIB), 1))]))
        self.assertEqual(self.rows(7, "x.deb")[1], ("x.deb:lib/bomb.ko.gz", "rejected", "decompression_failed"))

    def test_limits(self):
        write("x.deb", deb_of([(self.GOOD, self.good), ("big.ko", self.good * 3), ("big", self.plain * 3), ("big-signed", self.good * 3)], ""))
        rows = self.rows(6, "--limit", "10000", "x.deb")
        self.assertEqual([(row[0], row[2]) for row in rows], [("x.deb:" + self.GOOD, "-"), ("x.deb:big.ko", "too_large"), ("x.deb:big-signed", "too_large")])

    def test_many_members(self):
        one = tar_of([("./m.ko", b"")])[:512]
        rows = self.broken(deb_of_tar(one * 70000 + bytes(1024)), code="too_large", seconds=300)
        self.assertEqual(len(rows), 65536)

    def test_names(self):
        names = ["../up.ko", "a/../../up.ko", "/abs.ko", "./././dot.ko", "new\nline.ko", "esc\x1b[2J.ko", "a" * 3000 + "/long.ko", "umlaut-\u00e4.ko", "tab\t.ko"]
        for form in tarfile.GNU_FORMAT, tarfile.PAX_FORMAT:
            write("x.deb", self.tar([(name, self.good) for name in names], form=form))
            rows = self.rows(6, "x.deb")
            self.assertEqual([row[2] for row in rows], ["bad_structure", "bad_structure"] + ["-"] * 7)
            self.assertEqual([row[0].removeprefix("x.deb:") for row in rows][2:6], ["abs.ko", "dot.ko", "new\\nline.ko", "esc\\x1b[2J.ko"])
            self.assertNotIn(b"\x1b", self.verify(6, "x.deb")[0])
        self.assertFalse([name for name in os.listdir("/") if name in ("up.ko", "abs.ko")] + [name for name in os.listdir("..") if name == "up.ko"])

    def test_twice(self):
        for first, second in (self.good, self.changed), (self.changed, self.good):
            write("x.deb", self.tar([("./m.ko", first), ("./m.ko", second)]))
            self.assertEqual(sorted(row[2] for row in self.rows(1, "x.deb")), ["-", "signature_mismatch"])

    def test_links(self):
        hard = tarfile.LNKTYPE
        members = [("./lib/m.ko", self.good), ("./lib/bad.ko", self.changed), ("./lib/hidden", self.plain),
                   link("./lib/soft.ko", "m.ko"), link("./lib/absolute.ko", "/lib/m.ko"), link("./lib/chain.ko", "soft.ko"), link("./lib/hard.ko", "./lib/m.ko", hard),
                   link("./lib/to-bad.ko", "bad.ko"), link("./lib/to-hidden.ko", "hidden"), link("./lib/out.ko", "../../etc/x.ko"), link("./lib/loop.ko", "loop.ko"),
                   link("./lib/hard-out.ko", "etc/x.ko", hard), link("./lib/notes", "m.ko"), special("./lib/fifo.ko"), special("./lib/device.ko", tarfile.CHRTYPE)]
        write("x.deb", self.tar(members))
        codes = {row[0].removeprefix("x.deb:lib/").removesuffix(".ko"): row[2] for row in self.rows(1, "x.deb")}
        self.assertEqual(codes, {"m": "-", "bad": "signature_mismatch", "soft": "-", "absolute": "-", "chain": "-", "hard": "-", "to-bad": "signature_mismatch"} |
                         dict.fromkeys(("to-hidden", "out", "loop", "hard-out", "fifo", "device"), "io_error"))
        # cpio: of several names of one file the last has the content.
        cpio = cpio_entry(b"./lib/a.ko", b"", inode=7, links=2) + cpio_entry(b"./lib/b.ko", self.good, inode=7, links=2) + cpio_entry(b"TRAILER!!!", b"")
        write("x.rpm", rpm_of_cpio(cpio))
        self.assertEqual([row[2] for row in self.rows(0, "x.rpm")], ["-", "-"])

    @unittest.skipUnless(shutil.which("tar"), "no tar here")
    def test_holes(self):
        """A hole is zeros; one behind the signature takes the signature away."""
        write("hole.ko", self.good), os.truncate("hole.ko", 10 * MIB)
        with open("front.ko", "wb") as file:
            file.truncate(4 * MIB)
        must(TOOL, "sign", "sha256", f"{KEYS}/rsa2048.key.pem", self.cert, "front.ko")
        with open("front2.ko", "wb") as file:
            file.seek(4 * MIB), file.write(read("front.ko")[4 * MIB:])
        os.rename("front2.ko", "front.ko")
        for form in "gnu", "posix":
            write("x.deb", deb_of_tar(must("tar", "-c", "--sparse", f"--format={form}", "hole.ko", "front.ko")))
            self.assertEqual([row[2] for row in self.rows(3, "x.deb")], ["no_signature", "-"])
        with open("huge.ko", "wb") as file:
            file.truncate(1 << 40)
        write("x.deb", deb_of_tar(must("tar", "-c", "--sparse", "--format=gnu", "huge.ko", "good.ko")))
        self.assertEqual([row[2] for row in self.rows(6, "x.deb")], ["too_large", "-"])


class Absent(unittest.TestCase):
    def test_it_says_what_is_missing(self):
        with tempfile.TemporaryDirectory(prefix="modsig-packages-") as folder:
            write(f"{folder}/x.deb", deb_of([]))
            done = run(TOOL, "verify", "--trust", f"{KEYS}/rsa2048.cert.pem", f"{folder}/x.deb")
            self.assertEqual(done.returncode, 7)
            self.assertIn(ABSENT, done.stdout + done.stderr)


def reads_packages():
    with tempfile.TemporaryDirectory(prefix="modsig-packages-") as folder:
        write(f"{folder}/x.deb", deb_of([]))
        done = run(TOOL, "verify", "--trust", f"{KEYS}/rsa2048.cert.pem", f"{folder}/x.deb")
        return ABSENT not in done.stdout + done.stderr


if __name__ == "__main__":
    TOOL, KEYS = map(os.path.abspath, sys.argv[1:3])
    skip = unittest.skip("this modsig reads packages") if reads_packages() else unittest.skip("this modsig was built without libarchive (package libarchive-dev)")
    for case in (Absent,) if reads_packages() else (Good, Hostile):
        skip(case)
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
