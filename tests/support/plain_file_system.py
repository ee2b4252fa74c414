# SPDX-License-Identifier: BSL-1.0
"""A file system as FAT is: one folder of files, all of one mode, without hard links, unnamed files, attributes. In memory, by FUSE
(include/uapi/linux/fuse.h), since few kernels have a FAT at hand. Only root can mount it."""
import ctypes
import errno
import os
import stat
import struct

LOOKUP, FORGET, GETATTR, SETATTR, UNLINK, RENAME, OPEN, READ, WRITE, RELEASE, FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, FSYNCDIR = (
    1, 2, 3, 4, 10, 12, 14, 15, 16, 18, 20, 25, 26, 27, 28, 29, 30)
LINK, CREATE, INTERRUPT, DESTROY, BATCH_FORGET, RENAME2 = 13, 35, 36, 38, 42, 45
SETS_MODE, SETS_SIZE, NO_REPLACE = 1, 8, 1
libc = ctypes.CDLL(None, use_errno=True)


class Refused(Exception):
    pass


class PlainFileSystem:
    """`mode`: of every file. Mounted while it is entered; serves from a process of its own."""

    def __init__(self, folder, mode):
        self.folder, self.mode = folder, mode
        self.names, self.contents, self.next = {}, {}, 2

    def __enter__(self):
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other"
        if libc.mount(b"plain", os.fsencode(self.folder), b"fuse", 0, options.encode()) != 0:
            os.close(self.device)
            raise OSError(ctypes.get_errno(), "mount")
        self.child = os.fork()
        if self.child == 0:
            try:
                self.serve()
            finally:
                os._exit(0)
        os.close(self.device)
        return self

    def __exit__(self, *_):
        libc.umount2(os.fsencode(self.folder), 2)
        os.waitpid(self.child, 0)

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 20)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                return  # no longer mounted
            _, code, unique, node = struct.unpack_from("=IIQQ", request)
            if code in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                status, body = 0, self.answer(code, node, request[40:])
            except Refused as refusal:
                status, body = -refusal.args[0], b""
            os.write(self.device, struct.pack("=IiQ", 16 + len(body), status, unique) + body)

    def attributes(self, node):
        size = 0 if node == 1 else len(self.contents[node])
        mode = stat.S_IFDIR | 0o755 if node == 1 else stat.S_IFREG | self.mode
        return struct.pack("=6Q10I", node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 512, 0)

    def entry(self, node):
        return struct.pack("=4Q2I", node, 0, 0, 0, 0, 0) + self.attributes(node)

    def node_of(self, name):
        if name not in self.names:
            raise Refused(errno.ENOENT)
        return self.names[name]

    def answer(self, code, node, body):
        if code == INIT:
            return struct.pack("=IIIIHHIIHHI28x", 7, 31, 0, 0, 12, 9, 1 << 17, 1, 32, 0, 0)
        if code == LOOKUP:
            return self.entry(self.node_of(body.rstrip(b"\0")))
        if code == GETATTR:
            return struct.pack("=QII", 0, 0, 0) + self.attributes(node)
        if code == SETATTR:
            valid, size, mode = struct.unpack_from("=I", body)[0], struct.unpack_from("=Q", body, 16)[0], struct.unpack_from("=I", body, 68)[0]
            if valid & SETS_MODE and mode & 0o777 != self.mode:
                raise Refused(errno.EPERM)
            if valid & SETS_SIZE:
                self.contents[node] = self.contents[node][:size].ljust(size, b"\0")
            return struct.pack("=QII", 0, 0, 0) + self.attributes(node)
        if code == CREATE:
            name, self.next = body[16:].rstrip(b"\0"), self.next + 1
            self.names[name], self.contents[self.next] = self.next, b""
            return self.entry(self.next) + struct.pack("=QII", 0, 0, 0)
        if code in (OPEN, OPENDIR):
            return struct.pack("=QII", 0, 0, 0)
        if code == READ:
            offset, size = struct.unpack_from("=QI", body, 8)
            return self.contents[node][offset:offset + size]
        if code == WRITE:
            offset, size = struct.unpack_from("=QI", body, 8)
            old = self.contents[node].ljust(offset, b"\0")
            self.contents[node] = old[:offset] + body[40:40 + size] + old[offset + size:]
            return struct.pack("=II", size, 0)
        if code == READDIR:
            offset, listing = struct.unpack_from("=Q", body, 8)[0], b""
            for i, (name, each) in enumerate(self.names.items(), 1):
                if i > offset:
                    listing += struct.pack("=QQII", each, i, len(name), stat.S_IFREG >> 12) + name + b"\0" * (-len(name) % 8)
            return listing
        if code == UNLINK:
            self.node_of(body.rstrip(b"\0"))
            del self.names[body.rstrip(b"\0")]
            return b""
        if code in (RENAME, RENAME2):
            flags = struct.unpack_from("=I", body, 8)[0] if code == RENAME2 else 0
            old, new = body[16 if code == RENAME2 else 8:].rstrip(b"\0").split(b"\0")
            if flags & ~NO_REPLACE:
                raise Refused(errno.EINVAL)
            if flags and new in self.names:
                raise Refused(errno.EEXIST)
            self.names[new] = self.node_of(old)
            del self.names[old]
            return b""
        if code in (FLUSH, RELEASE, FSYNC, RELEASEDIR, FSYNCDIR, DESTROY):
            return b""
        raise Refused(errno.EPERM if code == LINK else errno.ENOSYS)
