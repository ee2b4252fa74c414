# SPDX-License-Identifier: BSL-1.0
"""May these bytes be loaded? Verifies signed kernel modules, plugins and firmware.

    import modsig

    result = modsig.verify("plugin.so", trust="vendor.pem")
    if result.verdict is not modsig.Verdict.VERIFIED:
        print(result.reason, result.message)

    library = modsig.load_verified("plugin.so", trust="vendor.pem")     # a ctypes.CDLL of the bytes that were verified

It needs libmodsig.so.0 (examples/c-library), whose modsig.h says what is checked and what is not. `verify` returns what it found, and
raises ConfigurationError where keys or policy are not what was asked for; what gives bytes to load raises NotVerified. Everything may
be used from several threads."""

from modsig.errors import (
    BadSignature,
    ConfigurationError,
    Error,
    Malformed,
    NotSigned,
    NotVerified,
    Refused,
    UnknownKey,
    Unreadable,
)
from modsig.loading import Library, VerifiedFile
from modsig.result import Kind, Result, Verdict
from modsig.shortcuts import load_verified, open_verified, verify
from modsig.trust import Trust
from modsig.verifier import Verifier
from modsig.version import engine, version

__all__ = [
    "BadSignature",
    "ConfigurationError",
    "Error",
    "Kind",
    "Library",
    "Malformed",
    "NotSigned",
    "NotVerified",
    "Refused",
    "Result",
    "Trust",
    "UnknownKey",
    "Unreadable",
    "VerifiedFile",
    "Verdict",
    "Verifier",
    "engine",
    "load_verified",
    "open_verified",
    "verify",
    "version",
]
