"""What the corpus is signed over: made of nothing but what stands here, so that it is the same bytes everywhere.

Plain files are SHA-256 in counter mode over their name. Modules are relocatable ELF objects for x86-64, as kernel modules are:
tables of CRCs of eight bits, a function a table that looks a byte up in it, .modinfo, relocations, symbols. Tools read them
as modules; no kernel is meant to load them.
"""
import hashlib
import struct

PLAIN = {"empty.bin": 0, "one.bin": 1, "b4095.bin": 4095, "b4096.bin": 4096, "b4097.bin": 4097, "rand1m.bin": 1 << 20}
TABLES = {"small.ko": 12, "other.ko": 13, "middle.ko": 14, "large.ko": 16}  # how many: 5 to 7 KB

PROGBITS, SYMTAB, STRTAB, RELA = 1, 2, 3, 4
ALLOC, EXEC, INFO_LINK = 2, 4, 0x40
LOCAL, GLOBAL, OBJECT, FUNC = 0, 1, 1, 2
R_X86_64_32S = 11
TEXT, RODATA, MODINFO, RELOCATIONS, SYMBOLS, STRINGS, SECTION_NAMES = range(1, 8)
# endbr64; movzx edi, dil; movzx eax, byte [rdi + table]; ret; the table's address is for the linker to fill in
LOOK_UP, ADDRESS_AT = bytes.fromhex("f30f1efa 400fb6ff 0fb68700000000 c3"), 11


def stream(seed, size):
    """SHA-256 of seed and counter, and so on: numbers that nobody chose."""
    return b"".join(hashlib.sha256(seed.encode() + i.to_bytes(8, "big")).digest() for i in range((size + 31) // 32))[:size]


def crc_table(polynomial):
    def remainder(byte):
        for _ in range(8):
            byte = (byte << 1 ^ polynomial if byte & 0x80 else byte << 1) & 0xff
        return byte
    return bytes(map(remainder, range(256)))


class Strings:
    """A string table, and where in it a name is."""

    def __init__(self):
        self.data = b"\0"

    def __call__(self, name):
        self.data += name.encode() + b"\0"
        return len(self.data) - len(name) - 1


def symbol(name, kind, section, value, size):
    return struct.pack("<IBBHQQ", name, kind, 0, section, value, size)


def module(name):
    count, stem = TABLES[name], name.partition(".")[0]
    polynomials = [64 * list(TABLES).index(name) + 2 * i + 7 for i in range(count)]  # odd, others in each module
    names, section_names = Strings(), Strings()
    symbols = symbol(0, 0, 0, 0, 0) + symbol(0, LOCAL << 4 | 3, RODATA, 0, 0)  # nothing; .rodata itself, which the code refers to
    relocations = b""
    for i, polynomial in enumerate(polynomials):
        symbols += symbol(names(f"crc8_{polynomial:02x}_table"), GLOBAL << 4 | OBJECT, RODATA, 256 * i, 256)
        symbols += symbol(names(f"crc8_{polynomial:02x}"), GLOBAL << 4 | FUNC, TEXT, len(LOOK_UP) * i, len(LOOK_UP))
        relocations += struct.pack("<QQq", len(LOOK_UP) * i + ADDRESS_AT, 1 << 32 | R_X86_64_32S, 256 * i)
    info = "".join(f"{line}\0" for line in ("license=BSL-1.0", f"description=TEST ONLY {count} tables of eight-bit CRCs", "depends=", f"name={stem}"))
    sections = [  # name, type, flags, link, info, alignment, entry size, content; in the order of their numbers
        (".text", PROGBITS, ALLOC | EXEC, 0, 0, 16, 0, LOOK_UP * count),
        (".rodata", PROGBITS, ALLOC, 0, 0, 32, 0, b"".join(map(crc_table, polynomials))),
        (".modinfo", PROGBITS, ALLOC, 0, 0, 1, 0, info.encode()),
        (".rela.text", RELA, INFO_LINK, SYMBOLS, TEXT, 8, 24, relocations),
        (".symtab", SYMTAB, 0, STRINGS, 2, 8, 24, symbols),
        (".strtab", STRTAB, 0, 0, 0, 1, 0, names.data),
        (".shstrtab", STRTAB, 0, 0, 0, 1, 0, None)]
    numbered = [(section_names(section[0]), *section[1:]) for section in sections]
    numbered[-1] = (*numbered[-1][:-1], section_names.data)
    body, headers = bytes(64), bytes(64)  # the ELF header comes last; section 0 is none
    for at, kind, flags, link, about, alignment, entry, content in numbered:
        body += bytes(-len(body) % alignment)
        headers += struct.pack("<IIQQQQIIQQ", at, kind, flags, 0, len(body), len(content), link, about, alignment, entry)
        body += content
    body += bytes(-len(body) % 8)
    # 64 bits, little-endian; relocatable, x86-64; section headers behind everything.
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, len(body), 0, 64, 0, 0, 64, len(sections) + 1, SECTION_NAMES)
    return header + body[64:] + headers


def all_payloads():
    """Name to content."""
    return {**{name: module(name) for name in TABLES}, **{name: stream("modsig-corpus-" + name, size) for name, size in PLAIN.items()}}
