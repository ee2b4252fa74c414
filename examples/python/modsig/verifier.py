# SPDX-License-Identifier: BSL-1.0
"""Keys, a policy and layouts."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable
from ctypes import byref, c_int, c_void_p
from types import TracebackType

from modsig.errors import ConfigurationError, not_verified
from modsig.loading import Library, VerifiedFile
from modsig.native import Handle, Input, Options, Owner, argument, library, text
from modsig.result import Result, result_of
from modsig.trust import Trust, check, names

# A path, an open file, or the bytes themselves.
FileSource = str | os.PathLike[str] | int | bytes
# A path, or the bytes themselves.
SignatureSource = str | os.PathLike[str] | bytes


class Verifier(Owner):
    """`policy`: strict, legacy, permissive, linux-modsign, linux-modsign-relaxed or linux-digsig. `layouts`: which are tried; none:
    all but mcuboot. `kernel`: that linux-modsign answers as. `time`: at which certificates have to be valid, in seconds since 1970;
    None: when a file is verified."""

    def __init__(
        self, trust: Trust, *, policy: str = "strict", layouts: Iterable[str] = (), kernel: str | None = None, time: int | None = None
    ) -> None:
        if time is not None and (time == 0 or not -(2**63) <= time < 2**63):  # 0 is the system's in C, and ctypes wraps around
            raise ConfigurationError(f"{time} is no time that a verifier can have")
        options = Options(
            size=ctypes.sizeof(Options),
            policy=argument(policy),
            layouts=names(layouts),
            kernel=None if kernel is None else argument(kernel),
            time=time or 0,
        )
        handle, made = trust._open(), c_void_p()
        status = library().modsig_verifier_new(handle.pointer, byref(options), byref(made))
        check(status, f"a verifier with the policy {policy}", [])
        assert made.value is not None
        self._handle = Handle(made.value, library().modsig_verifier_free)

    def __enter__(self) -> Verifier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def verify(self, file: FileSource, *, signature: SignatureSource | None = None, is_attribute: bool = False) -> Result:
        """The verdict about a file, and why. `signature`: where it is detached; `is_attribute`: it is the value of security.ima."""
        return result_of(self._verify(file, signature, is_attribute))

    def open_verified(self, file: str | os.PathLike[str] | int, *, signature: SignatureSource | None = None) -> VerifiedFile:
        """The bytes that were verified, in memory that nobody can change. Raises NotVerified."""
        handle = self._verify(file, signature, False)
        result = result_of(handle)
        if not result:
            raise not_verified(result)
        return VerifiedFile(result, handle)

    def load_verified(self, file: str | os.PathLike[str] | int, *, signature: SignatureSource | None = None) -> Library:
        """A library of the bytes that were verified. Raises NotVerified, and OSError where they cannot be loaded."""
        return Library(self.open_verified(file, signature=signature))

    @property
    def key_count(self) -> int:
        return int(library().modsig_verifier_key_count(self._open().pointer))

    @property
    def notes(self) -> list[str]:
        """Keys that the policy does not take, in words."""
        native, handle = library(), self._open()
        return [text(native.modsig_verifier_note(handle.pointer, i)) for i in range(native.modsig_verifier_note_count(handle.pointer))]

    def _verify(self, file: FileSource, signature: SignatureSource | None, is_attribute: bool) -> Handle:
        if is_attribute and signature is None:  # C would look for an appended one
            raise ValueError("the value of the attribute is needed: signature")
        native, handle, made = library(), self._open(), c_void_p()
        more = Input(size=ctypes.sizeof(Input), signature_source=int(is_attribute))
        if isinstance(signature, bytes):
            more.signature = ctypes.cast(ctypes.c_char_p(signature), c_void_p)
            more.signature_size = len(signature)
        elif signature is not None:
            more.signature_path = argument(signature)
        if isinstance(file, bytes):
            native.modsig_verify_memory(handle.pointer, file, len(file), byref(more), byref(made))
        elif isinstance(file, int):
            if file != c_int(file).value:  # C would be given another one
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            native.modsig_verify_descriptor(handle.pointer, file, byref(more), byref(made))
        else:
            native.modsig_verify_file(handle.pointer, argument(file), byref(more), byref(made))
        assert made.value is not None
        return Handle(made.value, native.modsig_result_free)
