#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the cases of Wycheproof's JSON files one a line: pick.py FOLDER-OF-JSON [--all]

Of RSA: every case of every file whose digest modsig knows and whose keys it reads. Of the curves: every case. Of ML-DSA: every case, but of those
that took the signer many attempts and of those with one coefficient too large 8 are enough, without --all; what is valid with a
context is invalid here, where the context is empty.
"""
import collections
import itertools
import json
import os
import sys

DIGESTS = {'SHA-1': 'sha1', 'SHA-224': 'sha224', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512',
           'SHA3-256': 'sha3-256', 'SHA3-384': 'sha3-384', 'SHA3-512': 'sha3-512'}
RSA = [f'rsa_signature_{bits}_{sha}' for bits, shas in (
    ('2048', ['sha224', 'sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_384', 'sha3_512']),
    ('3072', ['sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_384', 'sha3_512']),
    ('4096', ['sha256', 'sha384', 'sha512']),
    ('8192', ['sha256', 'sha384', 'sha512'])) for sha in shas]
RSA += [f'rsa_pkcs1_{bits}_sig_gen' for bits in (1024, 1536, 2048, 3072, 4096)]
RSA += ['rsa_pss_' + name for name in (
    '2048_sha1_mgf1_20', '2048_sha256_mgf1_0', '2048_sha256_mgf1_32', '2048_sha384_mgf1_48', '3072_sha256_mgf1_32',
    '4096_sha256_mgf1_32', '4096_sha384_mgf1_48', '4096_sha512_mgf1_32', '4096_sha512_mgf1_64', 'misc')]
CURVES = ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384', 'ecdsa_secp521r1_sha512', 'ed25519']
ML_DSA = [f'mldsa_{strength}_verify' for strength in (44, 65, 87)]


def of_ml_dsa(group, kinds, most):
    for test in group['tests']:
        kind = ','.join(test['flags'])
        kinds[kind] += 1
        if kind in ('ValidSignature,ManySteps', 'InfinityNormViolation') and kinds[kind] > most:
            continue
        if test.get('ctx'):
            test['result'] = 'invalid'
            test['flags'].append('Context')
        test['sig'] = with_runs(test['sig'])
        yield test


def with_runs(octets):
    """Runs of equal bytes as BYTE*COUNT, joined with +."""
    parts = []
    for byte, run in itertools.groupby(octets[i:i + 2] for i in range(0, len(octets), 2)):
        count = len(list(run))
        if count >= 32:
            parts.append(f'{byte}*{count}')
        elif parts and '*' not in parts[-1]:
            parts[-1] += byte * count
        else:
            parts.append(byte * count)
    return '+'.join(parts)


def key_line(group, is_rsa):
    key = group.get('publicKeyDer') or group['keyDer']
    if not is_rsa:
        return f'key {key}'
    return f"key {key} {DIGESTS[group['sha']]} {group.get('sLen', '-')}"


def write(name, source, is_rsa, tests_of):
    with open(os.path.join(source, name + '_test.json'), encoding='utf-8') as file:
        groups = json.load(file)['testGroups']
    lines, count = [], 0
    for group in groups:
        if group.get('mgfSha', group.get('sha')) != group.get('sha'):  # PSS of two digests
            continue
        tests = tests_of(group)
        if not tests:
            continue
        lines.append(key_line(group, is_rsa))
        before = None
        for test in tests:
            message = '=' if test['msg'] == before else test['msg'] or '-'
            before = test['msg']
            lines.append(' '.join([test['result'], message, test['sig'] or '-', ','.join(test['flags']) or '-', test['comment']]).rstrip())
            count += 1
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, name + '.txt'), 'w', encoding='utf-8', newline='\n') as file:
        file.write('\n'.join([f'cases {count}'] + lines) + '\n')


def main(source, whole=False):
    for name in RSA:
        write(name, source, True, lambda group: group['tests'])
    for name in ML_DSA:
        kinds = collections.Counter()
        write(name, source, False, lambda group: list(of_ml_dsa(group, kinds, 1000 if whole else 8)))
    for name in CURVES:
        write(name, source, False, lambda group: group['tests'])


if __name__ == '__main__':
    main(sys.argv[1], '--all' in sys.argv)
