#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes NIST's hash vectors one a line: pick.py FOLDER-WITH-SHA1-AND-SHA2 [OUTPUT-FOLDER --all]

All short messages and the pseudorandom chain. Of the long messages, which are noise and up to 13 KB each, every sixteenth and the
last; with --all every one of them.
"""
import os
import re
import sys

NAMES = {'sha1': 'SHA1/SHA1', 'sha224': 'SHA2/SHA224', 'sha256': 'SHA2/SHA256', 'sha384': 'SHA2/SHA384', 'sha512': 'SHA2/SHA512'}


def messages(path):
    with open(path, encoding='ascii') as file:
        text = file.read()
    for bits, message, digest in re.findall(r'Len = (\d+)\s+Msg = (\w+)\s+MD = (\w+)', text):
        assert int(bits) % 8 == 0
        yield f"{message[:int(bits) // 4] or '-'} {digest}"


def chain(path):
    with open(path, encoding='ascii') as file:
        text = file.read()
    yield 'chain ' + re.search(r'Seed = (\w+)', text)[1]
    for i, (count, digest) in enumerate(re.findall(r'COUNT = (\d+)\s+MD = (\w+)', text)):
        assert i == int(count)
        yield 'chain ' + digest


def main(source, target=os.path.dirname(os.path.abspath(__file__)), *every):
    for name, path in NAMES.items():
        path = os.path.join(source, path)
        short, long = list(messages(path + 'ShortMsg.rsp')), list(messages(path + 'LongMsg.rsp'))
        lines = short + (long if every else long[::16] + long[-1:]) + list(chain(path + 'Monte.rsp'))
        with open(os.path.join(target, name + '.txt'), 'w', encoding='ascii', newline='\n') as file:
            file.write('\n'.join([f'lines {len(lines)}'] + lines) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
