# SPDX-License-Identifier: BSL-1.0
"""Writes .deb and .rpm packages of any members, good or hostile, without the programs that make them."""
import bz2
import gzip
import io
import lzma
import shutil
import struct
import subprocess
import tarfile


def zstd(content):
    return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout


PACKERS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress, ".lzma": lambda content: lzma.compress(content, format=lzma.FORMAT_ALONE)}
if shutil.which("zstd"):
    PACKERS[".zst"] = zstd


def tar_of(members, form=tarfile.GNU_FORMAT):
    """`members`: pairs of a name and its content, or a TarInfo and content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if not info.linkname and info.type == tarfile.REGTYPE:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def special(name, kind=tarfile.FIFOTYPE):
    info = tarfile.TarInfo(name)
    info.type = kind
    return info, b""


def ar_of(parts):
    out = b"!<arch>\n"
    for name, content in parts:
        out += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name.encode(), 0, 0, 0, 0o100644, len(content)) + content + b"\n" * (len(content) % 2)
    return out


def deb_of_tar(tar, packing=".xz", before=(), behind=()):
    return ar_of([("debian-binary", b"2.0\n"), ("control.tar.xz", lzma.compress(tar_of([("./control", b"Package: x\n")]))), *before,
                  ("data.tar" + packing, PACKERS[packing](tar)), *behind])


def deb_of(members, packing=".xz"):
    return deb_of_tar(tar_of([(name if isinstance(name, tarfile.TarInfo) else "./" + name, content) for name, content in members]), packing)


def cpio_entry(name, content, mode=0o100644, inode=0, links=1):
    head = b"070701" + b"".join(b"%08x" % field for field in (inode, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0))
    return padded(head + name + b"\0", 4) + padded(content, 4)


def padded(content, size):
    return content + b"\0" * (-len(content) % size)


def cpio_of(members):
    """`members`: pairs of a name and its content; a content that is a str is a link's target."""
    entries = [cpio_entry(b"./" + name.encode(), *((content.encode(), 0o120777) if isinstance(content, str) else (content,)), inode=i + 1)
               for i, (name, content) in enumerate(members)]
    return b"".join(entries) + cpio_entry(b"TRAILER!!!", b"")


def rpm_of_cpio(cpio, packing=".gz"):
    lead = struct.pack(">4sBBHH66sHH16s", b"\xed\xab\xee\xdb", 3, 0, 0, 1, b"x-1-1", 1, 5, b"")
    header = b"\x8e\xad\xe8\x01" + struct.pack(">III", 0, 1, 4) + struct.pack(">IIII", 1000, 6, 0, 1) + b"x-1\0"
    return lead + padded(header, 8) + header + PACKERS[packing](cpio)


def rpm_of(members, packing=".gz"):
    return rpm_of_cpio(cpio_of(members), packing)
