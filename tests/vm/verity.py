# SPDX-License-Identifier: BSL-1.0
"""fs-verity in a real kernel: what the guest is given, what it does, and what has to be seen. An ext4 file system is made
here, with files, their signatures and security.ima, before the kernel is asked to hold any file to its digest: so each step
has a before and an after. A salt that the command line does not name tells whose digest was used: only the kernel's fits.
Then a byte on the disk is changed below the file system. At the end keys in a keyring of the guest's session."""
import hashlib
import os
import unittest

from harness import must, read, write

# file: hash, salt. Linux 6.1 takes no other block size than a page.
WAYS = {"plain256": ("sha256", ""), "plain512": ("sha512", ""), "salted256": ("sha256", "a1b2c3"), "salted512": ("sha512", "5a" * 32), "empty": ("sha256", "")}
NUMBERS = {"sha256": 4, "sha512": 6}  # enum hash_algo
PROGRAMS = "fsverity", "mkfs.ext4", "debugfs", "openssl", "keyctl"
MODULES = "ext4.ko", "crc32c_generic.ko", "sha512_generic.ko", "loop.ko"  # the second and third are part of the kernel in later ones
BLOCK = 4096
SALTED = [way for way, (_, salt) in WAYS.items() if salt]


def content_of(name):
    return b"" if name == "empty" else hashlib.shake_256(name.encode()).digest(300 * 1024 + 17)


def options(way, hash_option):
    hash_name, salt = WAYS[way]
    return [f"{hash_option}={hash_name}"] + ([f"--salt={salt}"] if salt else [])


class Disk:
    """The file system, as an image, and what is known of it beforehand."""

    def __init__(self, folder, tool, keys):
        self.folder, self.tool, self.key, self.cert = folder, tool, f"{keys}/rsa2048.key.pem", f"{keys}/rsa2048.cert.pem"
        os.makedirs(self.path("root"))
        self.digests, self.calculated, self.image = {}, {}, self.path("disk")
        for name in WAYS:
            file = write(self.path("root/" + name), content_of(name))
            self.digests[name] = must("fsverity", "digest", "--compact", *options(name, "--hash-alg"), file).decode().strip()
            self.calculated[name] = must(tool, "digest", "--fsverity", "--compact", *options(name, "--hash"), file).decode().strip()
            must("fsverity", "sign", file, file + ".p7s", f"--key={self.key}", f"--cert={self.cert}", *options(name, "--hash-alg"))
            write(file + ".ima", self.ima_v3(WAYS[name][0], self.digests[name]))
        changed = bytearray(content_of("salted256"))
        changed[len(changed) // 2] ^= 1
        write(self.path("root/changed"), changed)
        # By the defaults, of files that are to have another digest: right only for who calculates.
        for name in "salted256", "plain512":
            file = self.path("root/" + name)
            default = self.digests[name + ".default"] = must("fsverity", "digest", "--compact", file).decode().strip()
            must("fsverity", "sign", file, file + ".default.p7s", f"--key={self.key}", f"--cert={self.cert}")
            write(file + ".default.ima", self.ima_v3("sha256", default))
        must("mkfs.ext4", "-q", "-O", "verity", "-b", str(BLOCK), "-d", self.path("root"), self.image, "16M")
        # By debugfs: not every file system here takes attributes of this name.
        for name in SALTED + ["changed"]:
            signature = self.path(f"root/{'salted256' if name == 'changed' else name}.ima")
            must("debugfs", "-w", "-R", f"ea_set -f {signature} /{name} security.ima", self.image)
        blocks = must("debugfs", "-R", "blocks /salted256", self.image).split()
        self.damaged_at = int(blocks[len(blocks) // 2]) * BLOCK + 1000

    def path(self, name):
        return os.path.join(self.folder, name)

    def ima_v3(self, hash_name, digest):
        """Signed by OpenSSL: the digest of struct ima_file_id. The key's identifier is the tool's word."""
        file = write(self.path("any"), b"")
        must(self.tool, "sign", "--layout", "ima", "--v3", "--sigfile", hash_name, self.key, self.cert, file)
        header = read(file + ".sig")[:9]
        signed = hashlib.new(hash_name, b"\6" + bytes([NUMBERS[hash_name]]) + bytes.fromhex(digest)).digest()
        signature = must("openssl", "pkeyutl", "-sign", "-inkey", self.key, "-pkeyopt", "digest:" + hash_name, stdin=signed)
        assert header[:3] == bytes([6, 3, NUMBERS[hash_name]]) and int.from_bytes(header[7:], "big") == len(signature)
        return header + signature


START = """
export PATH=/bin
step() { name=$1; shift; "$@" >/tmp/said 2>&1; echo "step\t$name\t$?\t$(tr '\\n\\t' '  ' </tmp/said)"; }
V="modsig verify --trust /trust/rsa2048.pem"
"""

PREPARE = """
I="/insmod --trust /trust/kernel.x509 --modules-dep /TREE/modules.dep"
for each in MODULES; do step load $I /TREE/$each; done
losetup /dev/loop0 /disk
mkdir /mnt
step mount mount -t ext4 /dev/loop0 /mnt
cd /mnt
"""

# Of the files that have another digest than the defaults give: which one counts.
WHICH = """
step TIME_salt $V --layout fsverity --salt a1b2c3 --signature salted256.p7s salted256
step TIME_block $V --layout fsverity --block-size 4096 --signature salted256.p7s salted256
step TIME_block_default $V --layout fsverity --block-size 4096 --signature salted256.default.p7s salted256
step TIME_default $V --layout fsverity --signature salted256.default.p7s salted256
step TIME_default_ima $V --layout ima --signature salted256.default.ima salted256
step TIME_other_hash $V --layout fsverity --signature plain512.default.p7s plain512
step TIME_other_hash_ima $V --layout ima --signature plain512.default.ima plain512
"""

REFUSED = """
step changed $V --layout fsverity --signature salted256.p7s changed
step changed_ima $V --layout ima --signature salted256.ima changed
step changed_attribute $V changed
cp salted256 /tmp/copy
step copy $V --layout fsverity --signature salted256.p7s /tmp/copy
{ echo x >>salted256; } 2>/dev/null && echo "seen\twritten\tyes" || echo "seen\twritten\tno"
"""

DAMAGE = """
cd /
umount /mnt
losetup -d /dev/loop0
printf '\\377\\0\\377' | dd of=/disk bs=1 seek=DAMAGED conv=notrunc 2>/dev/null
losetup /dev/loop0 /disk
step mount_again mount -t ext4 /dev/loop0 /mnt
cd /mnt
step damaged $V --layout fsverity --signature salted256.p7s salted256
step damaged_attribute $V salted256
step beside_damage $V salted512
keyctl session - /bin/busybox sh /keys.sh 2>/dev/null
"""

KEYRING = """
ring=$(keyctl newring _module @s)
keyctl padd user KEYNAME $ring </trust/digsig.bin >/dev/null
V="modsig verify --policy linux-digsig --kernel-keyring"
step keyring $V _module /m/v1.ko
step keyring_changed $V _module /m/changed.ko
step keyring_unknown_signer $V _module /m/unknown_signer.ko
step keyring_other $V _ima /m/v1.ko
"""


def looks(time):
    """What is verified. Without verity only what is to change: the rest tests/examples/fsverity.py has."""
    every = SALTED if time == "before" else WAYS
    return [(kind, way) for kinds, ways in ((("builtin", "ima"), every), (("attribute", "linux"), SALTED)) for kind in kinds for way in ways]


def look(time):
    lines = []
    for kind, way in looks(time):
        how = {"builtin": f"--layout fsverity --hash {WAYS[way][0]} --signature {way}.p7s", "ima": f"--layout ima --signature {way}.ima",
               "attribute": "", "linux": "--policy linux-ima"}[kind]
        lines.append(f"step {time}_{kind}_{way} $V {how} {way}")
    lines += [f'echo "seen\tinspect {time} {way}\t$(modsig inspect {way} | grep fsverity_digest)"' for way in SALTED]
    return "\n".join(lines) + WHICH.replace("TIME", time)


def enable():
    return "".join(f'''step enable fsverity enable {" ".join(options(way, "--hash-alg"))} {way}
echo "seen\tmeasure {way}\t$(fsverity measure {way})"
''' for way in WAYS) + '''echo "seen\tdigest\t$(modsig digest --fsverity --compact salted256)"
'''


def add_files(archive, disk, keys, tree, modules):
    """What the guest is given, and its plan."""
    blob = read(f"{keys}/rsa2048.digsig-v1.bin")
    # What lib/digsig.c looks a key up by.
    key_name = f"{int.from_bytes(hashlib.sha1(blob).digest()[12:], 'big'):X}"
    signed = {}
    for name, key in ("v1", "rsa2048"), ("unknown_signer", "unknown"):
        module = write(disk.path(name + ".ko"), b"any content")
        must(disk.tool, "sign", "--layout", "digsig", "sha256", f"{keys}/{key}.key.pem", f"{keys}/{key}.cert.pem", module)
        signed[name] = read(module)
    words = {"\\t": "\t", "TREE": tree, "MODULES": " ".join(modules), "DAMAGED": str(disk.damaged_at), "KEYNAME": key_name}
    for name, script in {"before.sh": PREPARE + look("before"), "after.sh": "cd /mnt\n" + enable() + look("after") + REFUSED, "damage.sh": DAMAGE,
                         "keys.sh": KEYRING}.items():
        script = START + script
        for word, value in words.items():
            script = script.replace(word, value)
        archive.add(name, script.encode())
    for name, content in {"disk": read(disk.image), "trust/rsa2048.pem": read(disk.cert), "trust/digsig.bin": blob, "m/v1.ko": signed["v1"],
                          "m/unknown_signer.ko": signed["unknown_signer"], "m/changed.ko": b"A" + signed["v1"][1:]}.items():
        archive.add(name, content)
    measured = "".join(f"measure /mnt/{way}\n" for way in WAYS) + "measure /before.sh\n"
    return f"shell /before.sh\n{measured}shell /after.sh\n{measured}shell /damage.sh\n"


class Verity(unittest.TestCase):
    """Of what the guest has printed."""
    maxDiff = None
    disk, lines = None, []

    def rows(self, kind):
        return [line[1:] for line in self.lines if line[0] == kind]

    def steps(self, prefix):
        found = {name: (int(status), said) for name, status, said in self.rows("step") if name.startswith(prefix)}
        for name, (status, said) in found.items():
            print(f"    {name}: {status} {said}")
        return found

    def statuses(self, prefix):
        return {name[len(prefix):]: status for name, (status, _) in self.steps(prefix).items()}

    def test_1_the_guest_came_to_its_end(self):
        self.assertEqual(self.lines[-1:], [["DONE"]])
        self.assertEqual({row[1] for row in self.rows("step") if row[0] in ("load", "mount", "enable", "mount_again")}, {"0"})
        self.assertEqual(len([row for row in self.rows("step") if row[0] == "enable"]), len(WAYS))

    def test_2_what_the_kernel_measures_is_what_is_calculated(self):
        seen = dict(self.rows("seen"))
        asked = self.rows("measure")
        before, after = dict(asked[:len(asked) // 2]), dict(asked[len(asked) // 2:])
        for way, (hash_name, _) in WAYS.items():
            value = self.disk.digests[way]
            print(f"    {way}: {hash_name}:{value}")
            self.assertEqual(before[f"/mnt/{way}"], "no_signature")
            self.assertEqual(after[f"/mnt/{way}"], f"{hash_name}:{value}")
            self.assertEqual(seen[f"measure {way}"].split()[0], f"{hash_name}:{value}")
            self.assertEqual(self.disk.calculated[way], value)
            if way in SALTED:
                self.assertEqual(seen[f"inspect before {way}"], "")
                self.assertEqual(seen[f"inspect after {way}"].split()[-1], f"{hash_name}:{value}")
        # What is asked for, which is the defaults', whatever the kernel holds the file to.
        self.assertEqual(seen["digest"], self.disk.digests["salted256.default"])
        # The initramfs has no fs-verity at all.
        self.assertEqual(before["/before.sh"], "unsupported_version")

    def test_3_without_verity_digests_are_calculated_by_the_defaults(self):
        expected = {f"{kind}_{way}": 1 for kind, way in looks("before")}
        expected |= {"salt": 0, "block": 1, "block_default": 0, "default": 0, "default_ima": 0, "other_hash": 0, "other_hash_ima": 0}
        self.assertEqual(self.statuses("before_"), expected)

    def test_4_with_verity_the_kernels_digest_counts_unless_a_tree_is_named(self):
        expected = {f"{kind}_{way}": 0 for kind, way in looks("after")}
        self.assertEqual(len(expected), 2 * len(WAYS) + 2 * len(SALTED))
        expected |= {"salt": 0, "block": 1, "block_default": 0, "default": 1, "default_ima": 1, "other_hash": 0, "other_hash_ima": 1}
        self.assertEqual(self.statuses("after_"), expected)

    def test_5_changed_content_is_refused(self):
        self.assertEqual(self.statuses("changed"), {"": 1, "_ima": 1, "_attribute": 1})
        self.assertEqual(self.statuses("copy"), {"": 1})  # without verity and salt
        self.assertEqual(dict(self.rows("seen"))["written"], "no")

    def test_6_a_disk_changed_below_the_file_system_cannot_be_read(self):
        steps = self.steps("damaged")
        self.assertEqual({name: status for name, (status, _) in steps.items()}, {"damaged": 7, "damaged_attribute": 7})
        self.assertTrue(all("Input/output error" in said or "EIO" in said for _, said in steps.values()))
        self.assertEqual(self.statuses("beside_damage"), {"": 0})

    def test_7_a_key_in_a_keyring_of_the_session_verifies_what_it_has_signed(self):
        self.assertEqual(self.statuses("keyring"), {"": 0, "_changed": 1, "_unknown_signer": 4, "_other": 7})
