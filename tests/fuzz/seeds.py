#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes what the fuzzers begin with, from the corpus that the build makes.
usage: seeds.py DATA VECTORS OUT [--stamp FILE]    DATA: the build's tests/data, VECTORS: the source's"""
import bz2
import gzip
import lzma
import pathlib
import re
import struct
import sys

# As in case.hpp.
KEYS = ['rsa1024.cert.der', 'rsa2048.cert.der', 'rsa3072.cert.der', 'rsa4096.cert.der', 'p256.cert.der', 'p384.cert.der', 'p521.cert.der',
        'ed25519.cert.der', 'ca.cert.der', 'intermediate.cert.der', 'leaf.cert.der', 'rsa2048.digsig-v1.bin', 'rsa2048e3.digsig-v1.bin',
        'rsa1024.digsig-v1.bin', 'rsa2048.pub.der', 'p256.pub.der']
IMAGE, DETACHED, ATTRIBUTE = 0, 1, 2
LARGEST = 8192  # of an image; more makes cases slow


def case(source=IMAGE, signature=b'', image=b'', beside=0, trusted=0, scope=0):
    return struct.pack('<BBHHHBBH', source, beside, trusted, 0, 0, 1, scope, len(signature)) + signature + image


def trusted_by(row_keys):
    """A key in another form than the list has is the same key as a certificate."""
    mask = 0
    for key in row_keys.split(','):
        name = key.removeprefix('keys/')
        for form in (name, name.replace('.pub.der', '.cert.der')):
            if form in KEYS:
                mask |= 1 << KEYS.index(form)
    return mask


def cases(data, vectors):
    corpus = data / 'corpus'
    rows = [line.split('\t') for line in (corpus / 'manifest.tsv').read_text().splitlines()[1:]]
    seen = set()
    for name, form, payload, keys, expected, strict, *_, note, options in (row + [''] * (10 - len(row)) for row in rows):
        trusted = trusted_by(keys)
        # One of each kind: the name without the module's and the key's.
        kind = form, expected, strict, options, re.sub(r'(small|middle|large|other)\.ko|b?\d+\.bin|rsa\d+|p\d\d\d|sha\d+', '', name)
        if kind in seen:
            continue
        seen.add(kind)
        file = corpus / name
        if not file.is_file():
            continue
        content = (corpus / payload).read_bytes() if payload != '-' and (corpus / payload).is_file() else b''
        if max(len(content), file.stat().st_size) > LARGEST + 8192:
            continue
        if form in ('modsign', 'digsig-v1-modsig'):
            yield file.name, case(image=file.read_bytes(), trusted=trusted)
        elif form == 'pkcs7-detached':
            yield file.name, case(DETACHED, file.read_bytes(), content, trusted=trusted)
        elif form in ('ima-v2', 'ima-v3'):
            yield file.name, case(ATTRIBUTE, file.read_bytes(), content, trusted=trusted)
        elif form == 'digsig-v1':
            yield file.name, case(DETACHED, file.read_bytes(), content, trusted=trusted)
        elif form == 'evm-v2':
            yield file.name, case(ATTRIBUTE, file.read_bytes(), content, beside=1, trusted=trusted, scope=1)
        elif form == 'fsverity-sig' and 'salt' not in options:
            beside = 3 if 'sha512' in options else 4 if '1024' in options else 2
            yield file.name, case(DETACHED, file.read_bytes(), content, beside=beside, trusted=trusted, scope=1)
    for file in sorted((vectors / 'mcuboot').glob('*.bin')):
        if file.stat().st_size <= LARGEST:
            yield file.name, case(image=file.read_bytes(), trusted=0xffff, scope=1)


def messages(data):
    """CMS messages, behind modules and beside files."""
    for file in sorted((data / 'corpus/modsign').rglob('*')):
        content = file.read_bytes() if file.is_file() else b''
        if content.endswith(b'~Module signature appended~\n'):
            end = len(content) - 40
            yield file.name, content[end - int.from_bytes(content[end + 8:end + 12], 'big'):end]
        elif content[:1] == b'\x30':
            yield file.name, content


def keys(data):
    for file in sorted((data / 'corpus/keys').iterdir()):
        if file.suffix in ('.der', '.bin'):
            yield file.name, file.read_bytes()


GENKEY = b"""[ req ]
default_bits = 2048
distinguished_name = names
prompt = no
string_mask = utf8only
x509_extensions = extensions
[ names ]
O = somebody
CN = key of a test
emailAddress = a@b.example
[ extensions ]
basicConstraints=critical,CA:FALSE
keyUsage=digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName = DNS:example, IP:127.0.0.1
nsComment = text
"""
TEXTS = [
    b'# file: small.ko\nsecurity.ima=0sAwIE4SdgfQBGMEQCIHzRsVjBPU5W\nuser.comment="a\\134\\\\\\"b"\n\n# file: a\\012b\nsecurity.evm=0x050204ea8b\n',
    b'bin:' + b'ab' * 32 + b'\ntbs:' + b'01' * 20 + b'\n# more\nbin:' + b'ff' * 64 + b'\n',
    b'a/b.ko: a/c.ko d.ko\na/c.ko: d.ko\nd.ko:\n',
    b'CONFIG_CRYPTO_SHA3=m\n# CONFIG_CRYPTO_SM3 is not set\nCONFIG_CRYPTO_MLDSA=y\nCONFIG_MODULE_SIG=y\n# Linux/x86 6.12.48 Kernel Configuration\n',
    bytes.fromhex('a159c0a5e494a74a87b5ab155c2bf072') + struct.pack('<III', 28 + 24, 0, 24) + b'o' * 16 + b'12345678',
]


def lz4_block(content):
    """Literals alone."""
    size, out = len(content), b''
    if size >= 15:
        rest = size - 15
        return b'\xf0' + b'\xff' * (rest // 255) + bytes([rest % 255]) + content
    return bytes([size << 4]) + content


def packed(data):
    content = (data / 'corpus/modules/small.ko').read_bytes()[:600]
    yield 'xz', lzma.compress(content)
    yield 'xz-crc32', lzma.compress(content, check=lzma.CHECK_CRC32)
    yield 'xz-bcj', lzma.compress(content, check=lzma.CHECK_CRC32, filters=[{'id': lzma.FILTER_X86}, {'id': lzma.FILTER_LZMA2}])
    yield 'lzma', lzma.compress(content, format=lzma.FORMAT_ALONE)
    yield 'gzip', gzip.compress(content)
    yield 'gzip-twice', gzip.compress(content[:100]) + gzip.compress(content[100:])
    yield 'bzip2', bz2.compress(content)
    yield 'zstd', b'\x28\xb5\x2f\xfd\x20\x40' + struct.pack('<I', 64 << 3 | 1)[:3] + content[:64]
    block = lz4_block(content[:200])
    yield 'lz4-legacy', b'\x02\x21\x4c\x18' + struct.pack('<I', len(block)) + block
    certificates = b''.join((data / 'corpus/keys' / f'{name}.cert.der').read_bytes() for name in ('rsa2048', 'ca'))
    kernel = b'\0' * 64 + certificates + struct.pack('<Q', len(certificates))
    yield 'stripped', kernel
    yield 'bzimage', (b'\0' * 0x1f1 + b'\x01' + b'\0' * 12 + b'\x55\xaa' + b'\0\0HdrS' + struct.pack('<H', 0x20f) + b'\0' * 0x40
                      + struct.pack('<II', 0x40, 0) + b'\0' * 64).ljust(0x400, b'\0') + gzip.compress(kernel)
    yield 'zboot', b'MZ\0\0zimg' + struct.pack('<II', 64, len(gzip.compress(kernel))) + b'\0' * 8 + b'gzip'.ljust(32, b'\0') + b'\0' * 8 + gzip.compress(kernel)


def main(data, vectors, out, *stamp):
    data, vectors, out = map(pathlib.Path, (data, vectors, out))

    def write(target, name, content):
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    for number, (name, content) in enumerate(cases(data, vectors)):
        for target in ('verify', 'linux'):
            write(target, f'{number:04}-{name}', content)
    for number, (name, content) in enumerate([*keys(data), *messages(data)]):
        for target in ('keys', 'openssl'):
            write(target, f'{number:04}-{name}', content)
    private = [file for file in sorted((data / 'corpus/keys').iterdir()) if file.name.endswith('.pem')]
    for file in private:
        write('private_keys' if '.key.' in file.name else 'text', file.name, file.read_bytes())
    write('private_keys', 'genkey', GENKEY)
    for number, content in enumerate(TEXTS):
        write('text', str(number), content)
    for file in sorted((data / 'corpus/fsverity').glob('*.descriptor')):
        write('text', file.name, file.read_bytes())
    for file in sorted((data / 'corpus').glob('ima-*/*.sig'))[:40]:
        write('text', file.name, file.read_bytes())
    for name, content in packed(data):
        write('packed', name, content)
    if stamp:
        pathlib.Path(stamp[1]).touch()


if __name__ == '__main__':
    main(*sys.argv[1:])
