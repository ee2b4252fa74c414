#!/usr/bin/env python3
"""Makes the corpus anew with outside tools, never with the library that is tested with it: make.py
Needs openssl 3, evmctl 1.4 (Debian: ima-evm-utils), fsverity, the kernel's sign-file (linux-kbuild-6.1; SIGN_FILE names another one).
Keys stay. RSA signatures come out the same each time; ECDSA values, time stamps and signing times do not."""
import collections
import os
import sys

sys.dont_write_bytecode = True
import cms
import digsig
import evm
import fsverity
import ima
import keys
import modsign
import pkcs7
from corpus import pack
from rows import PACKED, ROWS, TOP, write_tables

parts = keys, modsign, digsig, ima, evm, cms, pkcs7, fsverity
for part in parts:
    if hasattr(part, "make"):
        part.make()
for part in parts:
    if hasattr(part, "spoil"):
        part.spoil()
write_tables()
for name in os.listdir(PACKED):
    if name.endswith(".txt"):
        os.remove(os.path.join(PACKED, name))
pack(TOP, PACKED)
print(len(ROWS), "rows:", dict(collections.Counter(row.format for row in ROWS)))
