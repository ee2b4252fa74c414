# SPDX-License-Identifier: BSL-1.0
"""modsig.h for ctypes, which lets other threads run during each call. Nothing here is for users."""

from __future__ import annotations

import ctypes
import functools
import os
import weakref
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p


class Options(ctypes.Structure):
    """modsig_options."""

    _fields_ = [("size", c_size_t), ("policy", c_char_p), ("layouts", c_char_p), ("kernel", c_char_p), ("time", c_int64)]


class Input(ctypes.Structure):
    """modsig_input."""

    _fields_ = [
        ("size", c_size_t),
        ("signature_path", c_char_p),
        ("signature", c_void_p),
        ("signature_size", c_size_t),
        ("signature_source", c_uint32),
        ("fsverity_block_size", c_uint32),
        ("fsverity_digest", c_char_p),
        ("fsverity_salt", c_void_p),
        ("fsverity_salt_size", c_size_t),
        ("evm_metadata", c_void_p),
        ("evm_metadata_size", c_size_t),
    ]


# Of each function what it returns and what it takes.
FUNCTIONS: dict[str, tuple[object, ...]] = {
    "modsig_version": (c_uint32,),
    "modsig_engine": (c_char_p,),
    "modsig_status_text": (c_char_p, c_int),
    "modsig_trust_new": (c_void_p,),
    "modsig_trust_free": (None, c_void_p),
    "modsig_trust_add_path": (c_int, c_void_p, c_char_p, c_char_p),
    "modsig_trust_add_memory": (c_int, c_void_p, c_char_p, c_size_t, c_char_p),
    "modsig_trust_revoke_path": (c_int, c_void_p, c_char_p),
    "modsig_trust_revoke_memory": (c_int, c_void_p, c_char_p, c_size_t),
    "modsig_trust_key_count": (c_size_t, c_void_p),
    "modsig_trust_note_count": (c_size_t, c_void_p),
    "modsig_trust_note": (c_char_p, c_void_p, c_size_t),
    "modsig_verifier_new": (c_int, c_void_p, POINTER(Options), POINTER(c_void_p)),
    "modsig_verifier_free": (None, c_void_p),
    "modsig_verifier_key_count": (c_size_t, c_void_p),
    "modsig_verifier_note_count": (c_size_t, c_void_p),
    "modsig_verifier_note": (c_char_p, c_void_p, c_size_t),
    "modsig_verify_file": (c_int, c_void_p, c_char_p, POINTER(Input), POINTER(c_void_p)),
    "modsig_verify_descriptor": (c_int, c_void_p, c_int, POINTER(Input), POINTER(c_void_p)),
    "modsig_verify_memory": (c_int, c_void_p, c_char_p, c_size_t, POINTER(Input), POINTER(c_void_p)),
    "modsig_result_free": (None, c_void_p),
    "modsig_result_verdict": (c_int, c_void_p),
    "modsig_result_reason": (c_char_p, c_void_p),
    "modsig_result_kind": (c_int, c_void_p),
    "modsig_result_message": (c_char_p, c_void_p),
    "modsig_result_errno": (c_int, c_void_p),
    "modsig_result_offset": (c_uint64, c_void_p),
    "modsig_result_layout": (c_char_p, c_void_p),
    "modsig_result_digest": (c_char_p, c_void_p),
    "modsig_result_scheme": (c_char_p, c_void_p),
    "modsig_result_key_id": (c_char_p, c_void_p),
    "modsig_result_signer": (c_char_p, c_void_p),
    "modsig_result_content_offset": (c_uint64, c_void_p),
    "modsig_result_content_size": (c_uint64, c_void_p),
    "modsig_result_content": (c_void_p, c_void_p, POINTER(c_size_t)),
    "modsig_result_descriptor": (c_int, c_void_p),
    "modsig_result_library_path": (c_char_p, c_void_p),
    "modsig_result_tolerated_descriptor": (c_int, c_void_p),
}


@functools.cache
def library() -> ctypes.CDLL:
    """Loaded when it is first needed; by the name of its ABI, where the dynamic linker looks."""
    loaded = ctypes.CDLL("libmodsig.so.0")
    for name, (returned, *taken) in FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype = returned
        function.argtypes = taken
    return loaded


def argument(value: str | os.PathLike[str]) -> bytes:
    """A path or a name for C, where a zero byte would end it."""
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise ValueError("embedded null byte")
    return encoded


def text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "backslashreplace")


class Handle:
    """What the library allocated, until nobody refers to it: who calls the library holds a reference meanwhile, so that closing an
    object in one thread frees nothing that another thread uses."""

    __slots__ = ("__weakref__", "pointer")

    def __init__(self, pointer: int, free: Callable[[int], object]) -> None:
        self.pointer = pointer
        weakref.finalize(self, free, pointer).atexit = False  # a thread may still be in a call when the program ends


class Owner:
    """An object with a handle, which `close` and the end of a `with` block let go."""

    _handle: Handle | None = None

    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return handle

    def close(self) -> None:
        self._handle = None
