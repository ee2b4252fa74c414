# SPDX-License-Identifier: BSL-1.0
"""What was verified is what is loaded."""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_size_t
from types import TracebackType
from typing import BinaryIO

from modsig.native import Handle, Owner, library
from modsig.result import Result


class VerifiedFile(Owner):
    """A sealed copy of a file that is verified: no process can change it. `fileno` is valid until it is closed."""

    def __init__(self, result: Result, handle: Handle) -> None:
        self.result = result
        self._handle = handle

    def __enter__(self) -> VerifiedFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def fileno(self) -> int:
        """The memfd of the whole file, for finit_module(2). Its position is at the end."""
        descriptor = int(library().modsig_result_descriptor(self._open().pointer))
        if descriptor < 0:
            raise OSError("this system has no memory that can be sealed, or the content is not in front")
        return descriptor

    def open(self) -> BinaryIO:
        """The same, opened anew for reading: independent of this object, and at the beginning."""
        handle = self._open()  # until it is open
        opened = open(f"/proc/self/fd/{self.fileno()}", "rb")
        del handle
        return opened

    def content(self) -> bytes:
        """What the signature covers: the file without it."""
        handle, size = self._open(), c_size_t()
        address = library().modsig_result_content(handle.pointer, byref(size))
        return ctypes.string_at(address, size.value) if address else b""

    @property
    def library_path(self) -> str:
        """For dlopen(3), while this object lives."""
        path: bytes | None = library().modsig_result_library_path(self._open().pointer)
        if path is None:
            raise OSError("this system has no memory that can be sealed, or the content is not in front")
        return os.fsdecode(path)


class Library(ctypes.CDLL):
    """A verified library that is loaded. What it needs itself, the dynamic linker loads as always, unverified."""

    def __init__(self, file: VerifiedFile) -> None:
        super().__init__(file.library_path)
        self.file = file
