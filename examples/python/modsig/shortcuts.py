# SPDX-License-Identifier: BSL-1.0
"""One call for one file. For many files make one Verifier."""

from __future__ import annotations

import os
from collections.abc import Iterable

from modsig.loading import Library, VerifiedFile
from modsig.result import Result
from modsig.trust import KeySource, Trust
from modsig.verifier import FileSource, SignatureSource, Verifier

TrustSource = Trust | KeySource | Iterable[KeySource]


def trust_of(source: TrustSource) -> Trust:
    if isinstance(source, Trust):
        return source
    return Trust(source) if isinstance(source, (str, bytes, os.PathLike)) else Trust(*source)


def verify(
    file: FileSource,
    *,
    trust: TrustSource,
    signature: SignatureSource | None = None,
    policy: str = "strict",
    layouts: Iterable[str] = (),
    kernel: str | None = None,
) -> Result:
    """The verdict about a file, and why. Raises ConfigurationError where trust or policy is not what was asked for."""
    return Verifier(trust_of(trust), policy=policy, layouts=layouts, kernel=kernel).verify(file, signature=signature)


def open_verified(
    file: str | os.PathLike[str] | int,
    *,
    trust: TrustSource,
    signature: SignatureSource | None = None,
    policy: str = "strict",
    layouts: Iterable[str] = (),
    kernel: str | None = None,
) -> VerifiedFile:
    """The bytes that were verified, in memory that nobody can change. Raises NotVerified."""
    return Verifier(trust_of(trust), policy=policy, layouts=layouts, kernel=kernel).open_verified(file, signature=signature)


def load_verified(
    file: str | os.PathLike[str] | int,
    *,
    trust: TrustSource,
    signature: SignatureSource | None = None,
    policy: str = "strict",
    layouts: Iterable[str] = (),
) -> Library:
    """A ctypes.CDLL of the bytes that were verified. Raises NotVerified, and OSError where they cannot be loaded."""
    return Verifier(trust_of(trust), policy=policy, layouts=layouts).load_verified(file, signature=signature)
