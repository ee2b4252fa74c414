#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the cases of ACVP's ML-DSA sigVer one a line: pick.py internalProjection.json"""
import json
import os
import sys


def main(source):
    with open(source, encoding='utf-8') as file:
        groups = json.load(file)['testGroups']
    lines = []
    for group in groups:
        lines.append(f"key {group['parameterSet'].lower()} {group['pk'].lower()}")
        for test in group['tests']:
            result = 'valid' if test['testPassed'] else 'invalid'
            lines.append(' '.join([result, test['message'].lower(), test['signature'].lower(), test['reason']]))
    count = sum(len(group['tests']) for group in groups)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, 'ml_dsa_sig_ver.txt'), 'w', encoding='utf-8', newline='\n') as file:
        file.write('\n'.join([f'cases {count}'] + lines) + '\n')


if __name__ == '__main__':
    main(sys.argv[1])
