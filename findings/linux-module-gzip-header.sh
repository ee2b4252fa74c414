#!/bin/sh
# Linux unpacks a gzip-compressed module itself (finit_module(2) with MODULE_INIT_COMPRESSED_FILE), and skips of the gzip header the
# ten fixed bytes and a file name; the other fields of RFC 1952 (FEXTRA, FCOMMENT, FHCRC) go to the inflater as if they were
# deflate data. A file that gunzip reads, written by a tool that adds a comment or an extra field (bgzip,
# dictzip), is refused with EINVAL by the kernel, while the same module unpacked by kmod loads.
# Versions: linux-source-6.12 6.12.117-1 (Debian 13); zlib stands for the kernel's own copy of it. Seen: 2026-11-29. Needs gcc, zlib1g-dev, python3.
set -eu
. "$(dirname "$0")/packages"
unpack trixie "$place/unpacked" linux-source-6.12=6.12.117-1
cd "$place"
tar -xJf unpacked/usr/src/linux-source-6.12.tar.xz --occurrence=1 linux-source-6.12/kernel/module/decompress.c
{
  cat <<'C'
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
typedef uint8_t u8;
C
  # The kernel's function, as it is in the package.
  sed -n '/^static size_t module_gzip_header_len/,/^}/p' linux-source-6.12/kernel/module/decompress.c
  cat <<'C'
int main(void) {
    static u8 in[4096], out[4096];
    const size_t size = fread(in, 1, sizeof in, stdin), header = module_gzip_header_len(in, size);
    z_stream stream = {.next_in = in + header, .avail_in = (uInt)(size - header), .next_out = out, .avail_out = sizeof out};
    const int status = header == 0 || inflateInit2(&stream, -MAX_WBITS) != Z_OK ? Z_DATA_ERROR : inflate(&stream, Z_FINISH);
    puts(status == Z_STREAM_END && stream.total_out == 1000 ? "unpacked" : "refused");
}
C
} >module.c
gcc -O1 -o module module.c -lz
python3 - <<'P'
import gzip, zlib
content = bytes(range(250)) * 4
plain = gzip.compress(content, mtime=0)
def with_fields(flags, fields):
    return plain[:3] + bytes([flags]) + plain[4:10] + fields + plain[10:]
def with_header_check(file):
    return file[:10] + (zlib.crc32(file[:10]) & 0xffff).to_bytes(2, "little") + file[10:]
for name, file in {"plain": plain, "FNAME": with_fields(8, b"a.ko\0"), "FEXTRA": with_fields(4, b"\x06\x00BC\x02\x00ab"),
                   "FCOMMENT": with_fields(16, b"made by hand\0"), "FHCRC": with_header_check(with_fields(2, b""))}.items():
    open(name, "wb").write(file)
P
for file in plain FNAME FEXTRA FCOMMENT FHCRC; do
  case $file in plain | FNAME) linux=unpacked ;; *) linux=refused ;; esac
  seen "gunzip, $file" unpacked "$(gunzip -t <$file 2>/dev/null && echo unpacked || echo refused)"
  seen "Linux, $file" $linux "$(./module <$file)"
done
exit $changed
