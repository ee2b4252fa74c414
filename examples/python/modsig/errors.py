# SPDX-License-Identifier: BSL-1.0
"""What is raised."""

from __future__ import annotations

from modsig.result import Kind, Result


class Error(Exception):
    """What this module raises about keys, policies and files. Of arguments, closed objects and the system it is ValueError, TypeError,
    OSError and MemoryError."""


class ConfigurationError(Error):
    """Trust or policy is not what was asked for: a key or revocation that cannot be read, a name that is not known. Nothing was
    verified."""


class NotVerified(Error):
    """A file that is not verified was to be loaded. One class for each kind of reason."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.message)
        self.result = result

    def __str__(self) -> str:
        return f"{self.result.message} ({self.result.reason})"


class BadSignature(NotVerified):
    """The signature does not match."""


class NotSigned(NotVerified):
    """There is no signature."""


class UnknownKey(NotVerified):
    """Signed by a key that is not trusted."""


class Refused(NotVerified):
    """By the policy: weak, revoked, expired, for something else."""


class Malformed(NotVerified):
    """The signature is not what its format requires."""


class Unreadable(NotVerified):
    """The file cannot be read: `result.errno`."""


OF_KIND = {
    Kind.BAD_SIGNATURE: BadSignature,
    Kind.NOT_SIGNED: NotSigned,
    Kind.UNKNOWN_KEY: UnknownKey,
    Kind.REFUSED: Refused,
    Kind.MALFORMED: Malformed,
    Kind.UNREADABLE: Unreadable,
}


def not_verified(result: Result) -> NotVerified:
    return OF_KIND.get(result.kind, NotVerified)(result)
