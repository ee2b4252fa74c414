#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes NIST's cases of signatures that hold and do not, one a line: pick_signatures.py FOLDER-WITH-RSA-AND-ECDSA [OUTPUT-FOLDER]

RSA of 2048 and 3072 bits, PKCS #1 v1.5 and PSS; ECDSA on P-256, P-384, P-521; SHA-256, SHA-384, SHA-512.
"""
import os
import re
import sys

DIGESTS = {'256': 'sha256', '384': 'sha384', '512': 'sha512'}
CURVES = ('P-256', 'P-384', 'P-521')


def fields(block):
    return dict(re.findall(r'^(\w+) = (.*?)\s*$', block, re.M))


def rsa(path, scheme):
    n = bits = None
    with open(path, encoding='ascii') as file:
        for block in re.split(r'\n\s*\n', file.read().replace('\r', '')):
            if size := re.search(r'\[mod = (\d+)\]', block):
                bits = size[1]
            values = fields(block)
            n = values.get('n', n)
            digest = DIGESTS.get(values.get('SHAAlg', '')[3:])
            if bits in ('2048', '3072') and digest and 'Result' in values:
                e = values['e'].lstrip('0')
                yield ' '.join([scheme, digest, n, e.zfill(len(e) + len(e) % 2), values['Msg'], values['S'], values['Result'][0]])


def ecdsa(path):
    curve = digest = None
    with open(path, encoding='ascii') as file:
        for block in re.split(r'\n\s*\n', file.read().replace('\r', '')):
            if head := re.search(r'\[([^,]+),SHA-(\d+)\]', block):
                curve, digest = head[1], DIGESTS.get(head[2])
            values = fields(block)
            if curve in CURVES and digest and 'Result' in values:
                size = (int(curve[2:]) + 7) // 8 * 2
                point = '04' + values['Qx'].zfill(size) + values['Qy'].zfill(size)
                yield ' '.join([curve, digest, point, '-', values['Msg'], values['R'].zfill(size) + values['S'].zfill(size), values['Result'][0]])


def main(source, target=os.path.dirname(os.path.abspath(__file__))):
    lines = [*rsa(os.path.join(source, 'RSA/FIPS_186-2/SigVer15_186-3.rsp'), 'pkcs1'),
             *rsa(os.path.join(source, 'RSA/FIPS_186-2/SigVerPSS_186-3.rsp'), 'pss'),
             *ecdsa(os.path.join(source, 'ECDSA/FIPS_186-3/SigVer.rsp'))]
    with open(os.path.join(target, 'signatures.txt'), 'w', encoding='ascii', newline='\n') as file:
        file.write('\n'.join([f'lines {len(lines)}'] + lines) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
