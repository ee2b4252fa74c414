# SPDX-License-Identifier: BSL-1.0
"""The report about one file."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from modsig.native import Handle, library, text


class Verdict(enum.Enum):
    """modsig_verdict. True where it is VERIFIED, and only there."""

    REJECTED = 0
    TOLERATED = 1
    VERIFIED = 2

    def __bool__(self) -> bool:
        return self is Verdict.VERIFIED


class Kind(enum.Enum):
    """modsig_kind: the kind of a reason, by the exit statuses of `modsig verify`."""

    NONE = 0
    BAD_SIGNATURE = 1
    NOT_SIGNED = 3
    UNKNOWN_KEY = 4
    REFUSED = 5
    MALFORMED = 6
    UNREADABLE = 7


@dataclass(frozen=True)
class Result:
    """True where the file is verified, and only there. What is not known is None."""

    verdict: Verdict
    reason: str  # a word that does not change: no_signature, signature_mismatch, ...; none
    kind: Kind
    message: str  # for people
    errno: int  # Linux's for the reason, or that of reading the file; 0 where it is verified
    offset: int  # where the reason was found, in bytes
    layout: str | None
    digest: str | None
    scheme: str | None
    key_id: str | None
    signer: str | None  # for people: decide nothing by it
    content_offset: int
    content_size: int  # bytes without the signature

    def __bool__(self) -> bool:
        return bool(self.verdict)


def result_of(handle: Handle) -> Result:
    native, pointer = library(), handle.pointer

    def word(name: str) -> str | None:
        return text(getattr(native, f"modsig_result_{name}")(pointer)) or None

    return Result(
        verdict=Verdict(native.modsig_result_verdict(pointer)),
        reason=text(native.modsig_result_reason(pointer)),
        kind=Kind(native.modsig_result_kind(pointer)),
        message=text(native.modsig_result_message(pointer)),
        errno=native.modsig_result_errno(pointer),
        offset=native.modsig_result_offset(pointer),
        layout=word("layout"),
        digest=word("digest"),
        scheme=word("scheme"),
        key_id=word("key_id"),
        signer=word("signer"),
        content_offset=native.modsig_result_content_offset(pointer),
        content_size=native.modsig_result_content_size(pointer),
    )
