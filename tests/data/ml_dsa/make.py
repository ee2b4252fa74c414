#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes files.txt, with openssl 3.5 or 3.6: keys, certificates and signatures of ML-DSA in every format the library reads.

Keys are made anew each time and thrown away. What openssl of these versions does not make is laid out here around a raw signature of
`openssl pkeyutl`: CMS without signed attributes (openssl 4.0 makes it), IMA and EVM of version 3 (Linux 7.3 was asked about others of
this kind).
"""
import hashlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../make_corpus'))
sys.dont_write_bytecode = True
from der import integer, issuer_and_serial, parse, public_key_bits, subject_key_id, tlv  # noqa: E402
import der  # noqa: E402

CONTENT = b'\x7fELF a module, or whatever is signed\n' * 8
METADATA = b'\4\4' + hashlib.sha256(CONTENT).digest() + bytes(20)  # what EVM would make of a file's attributes
LEVELS = {'44': 'ml-dsa-44', '65': 'ml-dsa-65', '87': 'ml-dsa-87'}
OID = {level: f'2.16.840.1.101.3.4.3.{number}' for level, number in zip(LEVELS, (17, 18, 19))}
IMA_HASH = {'sha256': 4, 'sha512': 6}
SIGNER = 'basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n'
AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n'
files = {}


def openssl(*arguments, data=None):
    return subprocess.run(['openssl', *arguments], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def read(name):
    with open(name, 'rb') as file:
        return file.read()


def write(name, data):
    with open(name, 'wb') as file:
        file.write(data)
    return name


def make_key(name, algorithm, extensions, issuer=None):
    """NAME.key, NAME.pem; files: the certificate."""
    options = {'rsa': ['-pkeyopt', 'rsa_keygen_bits:2048'], 'EC': ['-pkeyopt', 'ec_paramgen_curve:P-256']}.get(algorithm, [])
    openssl('genpkey', '-algorithm', algorithm, *options, '-out', f'{name}.key')
    config = write('config', f'[req]\nprompt=no\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\nO=modsig test\nCN={name}\n[ext]\n'
                             f'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n{extensions}'.encode())
    by = ['-CA', f'{issuer}.pem', '-CAkey', f'{issuer}.key'] if issuer else []
    openssl('req', '-new', '-x509', '-config', config, '-key', f'{name}.key', *by, '-not_before', '20260101000000Z', '-not_after', '21251231235959Z',
            '-out', f'{name}.pem')
    files[f'{name}.cert.der'] = openssl('x509', '-in', f'{name}.pem', '-outform', 'DER')


def raw(name, message):
    return openssl('pkeyutl', '-sign', '-rawin', '-inkey', f'{name}.key', '-in', write('message', message))


def attributes_cms(name, content, *options):
    return openssl('cms', '-sign', '-binary', '-md', 'sha512', '-nosmimecap', '-no_signing_time', '-signer', f'{name}.pem', '-inkey', f'{name}.key',
                   '-outform', 'DER', '-in', write('content', content), *options)


def cms(name, level, content, digest='sha512', by_key_id=False, certificates=b''):
    """Without attributes, as scripts/sign-file of Linux 7 makes it with openssl 4.0."""
    certificate = files[f'{name}.cert.der']
    issuer, serial = issuer_and_serial(certificate)
    hashed, version = tlv(0x30, der.oid(digest)), integer(3 if by_key_id else 1)
    who = tlv(0x80, subject_key_id(certificate)) if by_key_id else tlv(0x30, issuer.der() + serial.der())
    signer = tlv(0x30, version + who + hashed + tlv(0x30, der.oid(OID[level])) + tlv(4, raw(name, content)))
    inside = tlv(0xa0, certificates) if certificates else b''
    data = tlv(0x30, version + tlv(0x31, hashed) + tlv(0x30, der.oid('data')) + inside + tlv(0x31, signer))
    return tlv(0x30, der.oid('signedData') + tlv(0xa0, data))


def attribute_value(name, kind, digest, content, version=3, is_raw=True):
    """security.ima (kind 3) or security.evm (kind 5)."""
    value = hashlib.new(digest, content).digest()
    file_id = bytes([kind, IMA_HASH[digest]]) + value
    if name.startswith('ml'):
        signature = raw(name, file_id if is_raw else value)
    else:
        signature = openssl('dgst', '-' + digest, '-sign', f'{name}.key', write('message', file_id))
    key_id = subject_key_id(files[f'{name}.cert.der'])[-4:]
    return bytes([kind, version, IMA_HASH[digest]]) + key_id + len(signature).to_bytes(2, 'big') + signature


def formatted_digest(content):
    """What fs-verity gives a file of less than a block: SHA-256, 4096 bytes a block, no salt."""
    root = hashlib.sha256(content.ljust(4096, b'\0')).digest()
    descriptor = bytes([1, 1, 12, 0]) + bytes(4) + len(content).to_bytes(8, 'little') + root.ljust(64, b'\0')
    return b'FSVerity' + bytes([1, 0, 32, 0]) + hashlib.sha256(descriptor.ljust(256, b'\0')).digest()


def make():
    files['content'] = CONTENT
    files['metadata'] = METADATA
    for level, algorithm in LEVELS.items():
        make_key(f'ml{level}', algorithm, SIGNER)
        spki = openssl('pkey', '-in', f'ml{level}.key', '-pubout', '-outform', 'DER')
        assert public_key_bits(spki) == parse(files[f'ml{level}.cert.der'])[0].kids[6][1].body[1:]
        files[f'ml{level}.cms'] = cms(f'ml{level}', level, CONTENT)
        files[f'ml{level}.attributes.cms'] = attributes_cms(f'ml{level}', CONTENT, '-nocerts')
        files[f'ml{level}.ima'] = attribute_value(f'ml{level}', 3, 'sha256' if level == '44' else 'sha512', CONTENT)
    # of ML-DSA-44, which is small
    files['ml44.by-key-id.cms'] = cms('ml44', '44', CONTENT, 'sha256', by_key_id=True)
    files['ml44.attributes-sha256.cms'] = attributes_cms('ml44', CONTENT, '-nocerts', '-md', 'sha256')
    files['ml65.attributes-sha256.cms'] = attributes_cms('ml65', CONTENT, '-nocerts', '-md', 'sha256')
    files['ml44.version-2.ima'] = attribute_value('ml44', 3, 'sha256', CONTENT, version=2, is_raw=False)
    files['ml44.over-digest.ima'] = attribute_value('ml44', 3, 'sha256', CONTENT, is_raw=False)
    files['ml44.evm'] = attribute_value('ml44', 5, 'sha256', METADATA)
    files['ml44.fsverity.cms'] = cms('ml44', '44', formatted_digest(CONTENT))
    files['ml44.fsverity-attributes.cms'] = attributes_cms('ml44', formatted_digest(CONTENT), '-nocerts')
    files['ml44.zeros.cms'] = cms('ml44', '44', bytes(200000))  # of a file that is read in pieces
    # the same of others
    for name, algorithm in ('rsa', 'rsa'), ('p256', 'EC'):
        make_key(name, algorithm, SIGNER)
        files[f'{name}.ima'] = attribute_value(name, 3, 'sha256', CONTENT)
        files[f'{name}.evm'] = attribute_value(name, 5, 'sha512', METADATA)
    # an authority, and what it has issued
    make_key('authority', LEVELS['65'], AUTHORITY)
    make_key('leaf', LEVELS['44'], SIGNER, 'authority')
    make_key('rsa-leaf', 'rsa', SIGNER, 'authority')
    files['leaf.cms'] = cms('leaf', '44', CONTENT, certificates=files['leaf.cert.der'])
    files['rsa-leaf.cms'] = openssl('cms', '-sign', '-binary', '-md', 'sha256', '-noattr', '-signer', 'rsa-leaf.pem', '-inkey', 'rsa-leaf.key',
                                    '-outform', 'DER', '-in', write('content', CONTENT))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make()
    lines = [f'{name} {data.hex()}' for name, data in files.items()]
    with open(os.path.join(HERE, 'files.txt'), 'w', encoding='utf-8', newline='\n') as out:
        out.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
