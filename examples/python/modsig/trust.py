# SPDX-License-Identifier: BSL-1.0
"""Whom to trust."""

from __future__ import annotations

import os
from collections.abc import Iterable
from types import TracebackType

from modsig.errors import ConfigurationError
from modsig.native import Handle, Owner, argument, library, text

# A file or folder of keys, or keys themselves, in PEM or DER.
KeySource = str | os.PathLike[str] | bytes


OUT_OF_MEMORY = 2  # modsig_status


def check(status: int, subject: str, notes: list[str]) -> None:
    """Raises what a modsig_status other than MODSIG_OK says."""
    if status == 0:
        return
    words = text(library().modsig_status_text(status))
    if status == OUT_OF_MEMORY:
        raise MemoryError(words)
    raise ConfigurationError(": ".join([subject, words, *notes]))


def names(layouts: Iterable[str]) -> bytes | None:
    """With commas between, as C wants them; None where there is none."""
    joined = ",".join([layouts] if isinstance(layouts, str) else layouts)
    return argument(joined) or None


class Trust(Owner):
    """Keys and revocations. Verifiers that are made later see what is added, those that were made before do not."""

    def __init__(self, *keys: KeySource) -> None:
        pointer = library().modsig_trust_new()
        if not pointer:
            raise MemoryError
        self._handle = Handle(pointer, library().modsig_trust_free)
        for key in keys:
            self.add(key)

    def __enter__(self) -> Trust:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def add(self, keys: KeySource, *, layouts: Iterable[str] = ()) -> None:
        """Trusts every key in it, for these layouts or for digsig, modsign and ima. `notes` says what was left out."""
        handle, known = self._open(), len(self.notes)
        if isinstance(keys, bytes):
            status = library().modsig_trust_add_memory(handle.pointer, keys, len(keys), names(layouts))
        else:
            status = library().modsig_trust_add_path(handle.pointer, argument(keys), names(layouts))
        check(status, "the keys" if isinstance(keys, bytes) else os.fspath(keys), self.notes[known:])

    def revoke(self, keys: KeySource) -> None:
        """Revokes keys, certificates and digests: all of them, or it raises and revokes none."""
        handle, known = self._open(), len(self.notes)
        if isinstance(keys, bytes):
            status = library().modsig_trust_revoke_memory(handle.pointer, keys, len(keys))
        else:
            status = library().modsig_trust_revoke_path(handle.pointer, argument(keys))
        check(status, "the revocations" if isinstance(keys, bytes) else os.fspath(keys), self.notes[known:])

    @property
    def key_count(self) -> int:
        return int(library().modsig_trust_key_count(self._open().pointer))

    @property
    def notes(self) -> list[str]:
        """What could not be used, in words."""
        native, handle = library(), self._open()
        return [text(native.modsig_trust_note(handle.pointer, i)) for i in range(native.modsig_trust_note_count(handle.pointer))]
