# SPDX-License-Identifier: BSL-1.0
"""Looks for an RSA private key in files, given the public one."""
import os
import re

from harness import must, read


def modulus(certificate):
    """n, of a DER certificate."""
    shown = must("openssl", "x509", "-inform", "DER", "-in", certificate, "-noout", "-modulus").decode()
    return int(re.fullmatch(r"Modulus=([0-9A-F]+)\n", shown)[1], 16)


def has_prime(data, n):
    """Whether bytes anywhere in the data, in either order, divide n: all private key formats hold a prime."""
    size = (n.bit_length() + 15) // 16
    for low, high, order in (size - 1, 0, "big"), (0, size - 1, "little"):
        for at in range(len(data) - size + 1):
            # n is as long as two primes, so each has its highest bit set; and it is odd.
            if data[at + high] & 0x80 and data[at + low] & 1 and n % int.from_bytes(data[at : at + size], order) == 0:
                return True
    return False


def files_with_private_key(folders, n):
    """The files below the folders that hold it, or a private key as text; and how many were looked at."""
    found, looked_at = [], 0
    for folder in folders:
        for path, _, names in os.walk(folder):
            for name in names:
                file = os.path.join(path, name)
                if os.path.islink(file):
                    continue
                data = read(file)
                looked_at += 1
                if re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{32}", data) or has_prime(data, n):
                    found.append(file)
    return found, looked_at
