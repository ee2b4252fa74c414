"""What the parts of the corpus share: the folder it is made in, the payloads, and the rows of manifest.tsv."""
import collections
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from corpus import unpack
from formats import MODSIG_MAGIC, RFC_MAGIC, split_modsign, split_rfc
from payloads import all_payloads
from tools import SCRATCH, answer, evmctl_verifies, openssl_verifies, read, scratch, write

PACKED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../corpus")
BEFORE, TOP = (os.path.join(SCRATCH.name, name) for name in ("before", "corpus"))
unpack(PACKED, BEFORE)
shutil.copytree(os.path.join(BEFORE, "keys"), os.path.join(TOP, "keys"))

PAYLOADS = all_payloads()
MAIN = "small.ko"  # what most rows are signed over
CONTENT = PAYLOADS[MAIN]
Row = collections.namedtuple("Row", "file format payload key expected strict tool kernel note options")
ROWS = []

# Where the folders of bad files and their names' endings are not the format's own.
FOLDERS = {"digsig-v1-modsig": "digsig-v1", "fsverity-sig": "fsverity", "fsverity-descriptor": "fsverity", "key-digsig-v1": "keys", "key-x509": "keys",
           "key-spki": "keys", "pkcs7-detached": "modsign", "evm-v2": "ima-v2"}
ENDINGS = {"digsig-v1": ".evmsig", "digsig-v1-modsig": ".modsig", "ima-v2": ".sig", "ima-v3": ".sig", "evm-v2": ".sig", "modsign": ".ko",
           "pkcs7-detached": ".p7s", "fsverity-sig": ".sig", "fsverity-descriptor": ".descriptor", "key-digsig-v1": ".bin", "key-x509": ".der",
           "key-spki": ".der"}
# What a policy may refuse before, or after, it refuses SHA-1.
LATE = {"key_not_found", "weak_key", "signature_mismatch", "bad_mpi", "unsupported_hash", "ambiguous_key", "trailing_garbage", "bad_header"}


def place(*names):
    return os.path.join(TOP, *names)


def key_path(name):
    """What a tool is given: `.key.pem`, `.cert.pem` and the like are appended."""
    return place("keys", name)


def put(name, data):
    write(place(name), data)
    return name


def add(file, format, payload, key, expected, note, strict=None, tool="-", kernel="-"):
    """One row. `strict`: under the strict policy, where that differs. `kernel`: expected of Linux; what was measured goes before it."""
    strict = strict or expected
    if (format.startswith("digsig-v1") or "sha1" in file) and LATE & set(strict.split("|")) and not {"weak_digest", "valid"} & set(strict.split("|")):
        strict = "weak_digest|" + strict
    options = ""
    if format.startswith("fsverity") and (said := re.search(r"hash=(\S+) block=(\d+) salt=(\S+)", note)):
        options = f"--hash {said[1]} --block-size {said[2]}" + ("" if said[3].startswith("-") else f" --salt {said[3]}")
    row = Row(file, format, payload, key, expected, strict, tool, kernel, note, options)
    assert not any(re.search(r"[\t\n]", field) for field in row), row
    assert all(row.file != other.file for other in ROWS), file
    ROWS.append(row)


def what_the_tool_says(format, data, payload, key, file_hash):
    """`-` where no tool reads such a file, or there is nothing to give it."""
    trusted = [place(name) for name in key.split(",")]
    if format == "digsig-v1-modsig":
        if not data.endswith(RFC_MAGIC) or (parts := split_rfc(data)) is None:
            return "-"
        content, data = parts[0], b"\3" + parts[1]
    elif format == "modsign":
        if not data.endswith(MODSIG_MAGIC) or (parts := split_modsign(data)) is None:
            return "-"
        content, data = parts[:2]
    else:
        content = PAYLOADS.get(payload.split("/")[-1])
    if format.startswith("digsig-v1"):
        return f"evmctl:{verdict(evmctl_verifies(content, data, trusted[0].replace('.digsig-v1.bin', '.pub.pem'), '--rsa', '-a', file_hash))}"
    if format == "ima-v2":
        return f"evmctl:{verdict(evmctl_verifies(content, data, trusted[0].replace('.pub.der', '.cert.der')))}"
    if format in ("modsign", "pkcs7-detached"):
        certificates = b"".join(read(name.replace(".cert.der", ".cert.pem")) for name in trusted)
        return f"openssl:{verdict(openssl_verifies(content, data, scratch('certificates.pem', certificates)))}"
    if format in ("key-x509", "key-spki"):
        words = ("x509", "-noout", "-pubkey") if format == "key-x509" else ("pkey", "-pubin", "-pubcheck", "-noout")
        return f"openssl:{verdict(answer('openssl', *words, '-inform', 'DER', '-in', scratch('key.der', data)).returncode == 0)}"
    return "-"


def verdict(good):
    return "ok" if good else "fail"


def bad(name, format, data, payload, key, expected, note, kernel="-", strict=None, file_hash="sha1", tool=None):
    """A row whose file was made wrong, or odd, on purpose; the tool is asked about it."""
    file = put(f"bad/{FOLDERS.get(format, format)}/{name}{ENDINGS[format]}", data)
    add(file, format, payload, key, expected, note, strict, tool or what_the_tool_says(format, data, payload, key, file_hash), kernel)


def measured():
    """What kernels said, by file (kernel.tsv): the table's lines. A line about bytes that are no longer those is said of their kind."""
    head, *lines = read(os.path.join(PACKED, "kernel.tsv")).decode().splitlines()
    assert head.split("\t") == ["file", "linux-6.1", "linux-6.12", "measured"]
    rows = {row.file: row for row in ROWS}
    for line in lines:
        file, old, new, of = line.split("\t")
        same = of == "these bytes" and all(read(place(name)) == read(os.path.join(BEFORE, name)) for name in (file, rows[file].payload) if name != "-")
        yield file, old, new, of if same else "its kind"


def write_tables():
    table = list(measured())
    write(place("kernel.tsv"), "".join("\t".join(line) + "\n" for line in [("file", "linux-6.1", "linux-6.12", "measured"), *table]).encode())
    said = {file: old if old == new else f"6.1 {old}, 6.12 {new}" for file, old, new, _ in table}
    lines = ["\t".join(Row._fields)]
    for row in ROWS:
        kernel, expected = said.get(row.file, row.kernel), row.expected
        # What is not DER may be taken under the plain policy where both kernels take it.
        if said.get(row.file) == "accept" and "valid" not in expected.split("|") and not expected.startswith("weak"):
            expected += "|valid"
        lines.append("\t".join(row._replace(kernel=kernel, expected=expected)))
    write(place("manifest.tsv"), ("\n".join(lines) + "\n").encode())
