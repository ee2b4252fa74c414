#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes private_keys.txt, with openssl 3.5 or later: the private key of one seed in every form that it writes. Always the same bytes."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = bytes(range(32)).hex()
FORMS = 'seed-priv', 'seed-only', 'bare-seed', 'priv-only', 'bare-priv', 'oqskeypair'
EVERY_LEVEL = FORMS[:3]


def openssl(*arguments, data=None):
    return subprocess.run(['openssl', *arguments], input=data, check=True, stdout=subprocess.PIPE).stdout


with open(os.path.join(HERE, 'private_keys.txt'), 'w', encoding='ascii') as out:
    for level in '44', '65', '87':
        key = openssl('genpkey', '-algorithm', f'ml-dsa-{level}', '-pkeyopt', f'hexseed:{SEED}')
        for form in FORMS if level == '44' else EVERY_LEVEL:
            der = openssl('pkey', '-outform', 'DER', '-provparam', f'ml-dsa.output_formats={form}', data=key)
            print(f'ml{level}.{form}', der.hex(), file=out)
        print(f'ml{level}.public', openssl('pkey', '-pubout', '-outform', 'DER', data=key).hex(), file=out)
