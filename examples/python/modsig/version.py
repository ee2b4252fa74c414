# SPDX-License-Identifier: BSL-1.0
"""Of libmodsig."""

from __future__ import annotations

from modsig.native import library, text


def version() -> tuple[int, int, int]:
    number = int(library().modsig_version())
    return number // 10000, number // 100 % 100, number % 100


def engine() -> str:
    """native, or best where libmodsig was built with Botan."""
    return text(library().modsig_engine())
