#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Picks cases out of Wycheproof's JSON files and writes them one a line: pick.py FOLDER-OF-JSON

Cases that another file of the same algorithm already has, but for digest and key size, are left out, except those that
are valid and the first of each kind; of the hundred digests with a word of zeros 12 are enough.
"""
import collections
import json
import os
import re
import sys

FILES = [
    ('rsa', ['rsa_signature_2048_sha256', 'rsa_signature_2048_sha224', 'rsa_signature_2048_sha384', 'rsa_signature_2048_sha512',
             'rsa_signature_3072_sha256', 'rsa_signature_3072_sha384', 'rsa_signature_3072_sha512',
             'rsa_signature_4096_sha256', 'rsa_signature_4096_sha384', 'rsa_signature_4096_sha512']),
    ('pss', ['rsa_pss_2048_sha256_mgf1_32', 'rsa_pss_2048_sha1_mgf1_20', 'rsa_pss_2048_sha256_mgf1_0', 'rsa_pss_2048_sha384_mgf1_48',
             'rsa_pss_3072_sha256_mgf1_32', 'rsa_pss_4096_sha256_mgf1_32', 'rsa_pss_4096_sha384_mgf1_48',
             'rsa_pss_4096_sha512_mgf1_32', 'rsa_pss_4096_sha512_mgf1_64']),
    ('ecdsa', ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384', 'ecdsa_secp521r1_sha512']),
    ('ed25519', ['ed25519']),
]


def picked(group, seen, kinds):
    for test in group['tests']:
        kind = ','.join(test['flags'])
        what = (re.sub(r'SHA-?\d+|secp\d+r1|P-?\d+', '', test['comment']), kind)
        special = kind == 'SpecialCaseHash'  # a hundred alike
        if kinds[kind] < (12 if special else 1) or what not in seen or (test['result'] != 'invalid' and not special):
            yield test
        if test['comment']:
            seen.add(what)
        kinds[kind] += 1


def main(source):
    here = os.path.dirname(os.path.abspath(__file__))
    for _, names in FILES:
        seen = set()
        for name in names:
            with open(os.path.join(source, name + '_test.json'), encoding='utf-8') as file:
                data = json.load(file)
            kinds, lines, count = collections.Counter(), [], 0
            for group in data['testGroups']:
                tests = list(picked(group, seen, kinds))
                if not tests:
                    continue
                lines.append(f"key {group['publicKeyDer']}")
                before = None
                for test in tests:
                    message = '=' if test['msg'] == before else test['msg'] or '-'
                    before = test['msg']
                    lines.append(' '.join([test['result'], message, test['sig'] or '-', ','.join(test['flags']) or '-',
                                           test['comment']]).rstrip())
                    count += 1
            with open(os.path.join(here, name + '.txt'), 'w', encoding='utf-8', newline='\n') as file:
                file.write('\n'.join([f'cases {count}'] + lines) + '\n')


if __name__ == '__main__':
    main(sys.argv[1])
