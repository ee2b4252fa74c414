#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The page of `modsig verify --html`: every file is in it with what --json says, it is well-formed whatever the names are, nothing in
it comes from elsewhere; it appears whole or not at all. In Chromium, where there is one: as a browser reads it, in dark and in light.
html_report.py TOOL KEYS SCREENSHOTS [TEST...]"""
import base64
import errno
import hashlib
import html.parser
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
import zlib

from harness import must, read, run, run_tests, write

TOOL = KEYS = SCREENSHOTS = ""
BROWSER = shutil.which("chromium")
HOSTILE_NAMES = [b"</script><script>document.title=1<!--.ko", b"\" onmouseover='document.title=2.ko", b"&lt;&#60;&amp;.ko", b"-->]]><![CDATA[.ko", b"\x1b[31mred.ko", b"\xe2\x80\xaegnp.ko",
                 b"no-utf8-\xff\xc0\x80.ko", b"noncharacter-\xef\xbf\xbf\xef\xb7\x90.ko", b"tab\tand\nline\r.ko", b"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.ko", b"</title></table>.ko"]
HOSTILE_SIGNER = "</script><b onclick='x'>\"&amp; \u202eevil"
VOID = {"meta"}


class Page(html.parser.HTMLParser):
    """Raises where an element is not closed in its order, or an attribute is given twice. Tables are lists of rows of texts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.tables, self.texts = [], [], [], {}
        self.section = ""  # text of the last h3
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        self.elements.append((tag, dict(attrs)))
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "table":
            self.tables.append({"class": dict(attrs).get("class", ""), "label": dict(attrs)["aria-labelledby"], "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("td", "th"):
            self.tables[-1]["rows"][-1].append("")
        else:
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            self.tables[-1]["rows"][-1][-1] += data
        for tag in set(self.open) & set(self.texts):
            self.texts[tag][-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def table(self, label):
        """The rows below the head."""
        return next((table["rows"][1:] for table in self.tables if table["label"] == label), [])

    @property
    def facts(self):
        return dict(zip(self.texts["dt"], self.texts["dd"]))

    def attributes(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


class InFolder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-html-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chdir(cls.folder)
        shutil.copy(os.path.join(KEYS, "rsa2048.key.pem"), "key.pem"), shutil.copy(os.path.join(KEYS, "rsa2048.cert.pem"), "cert.pem")
        must("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "evil.key", "-out", "evil.pem", "-utf8", "-subj", "/CN=" + HOSTILE_SIGNER.replace("/", "\\/"), "-days", "9000",
             "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=digitalSignature")
        write("unsigned.ko", bytes(range(256)) * 16)
        must(TOOL, "sign", "sha256", "key.pem", "cert.pem", "unsigned.ko", "signed.ko")
        must(TOOL, "sign", "sha512", "evil.key", "evil.pem", "unsigned.ko", "evil.ko")
        must(TOOL, "sign", "-d", "sha256", "key.pem", "cert.pem", "unsigned.ko")
        os.mkdir("tree")
        for name in HOSTILE_NAMES:
            for kind in "signed", "unsigned", "evil":
                shutil.copy(f"{kind}.ko", os.path.join(b"tree", kind.encode() + b"-" + name.replace(b"/", b"\xe2\x88\x95")))
        os.makedirs(b"tree/<script src='x'>"), shutil.copy("signed.ko", b"tree/<script src='x'>/plain.ko")
        changed = bytearray(read("signed.ko"))
        changed[100] ^= 1
        write("tree/z-changed.ko", changed)
        write("tree/z-malformed.ko", read("signed.ko")[:-60] + read("signed.ko")[-40:])
        os.symlink("nowhere", "tree/z-missing.ko")

    def setUp(self):
        os.chdir(self.folder)
        if os.path.exists("page.html"):
            os.remove("page.html")

    def verify(self, status, *arguments, **more):
        done = run(TOOL, "verify", *arguments, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def page(self, status, *arguments, **more):
        done = self.verify(status, "--html", "page.html", *arguments, **more)
        return done, Page(read("page.html").decode())

    TRUST = "--trust", "cert.pem"


class Content(InFolder):
    def lines_and_names(self, *arguments):
        """What --json says of each file, and the file's name as a terminal shows it."""
        lines = [json.loads(line) for line in run(TOOL, "verify", "--json", *arguments).stdout.splitlines()]
        cases = xml.etree.ElementTree.fromstring(run(TOOL, "verify", "--junit", *arguments).stdout).iter("testcase")
        return list(zip(lines[:-1], (case.get("name") for case in cases))), lines[-1]

    def test_every_file_has_its_row(self):
        for arguments in (*self.TRUST, "tree"), (*self.TRUST, "--trust", "evil.pem", "tree"), (*self.TRUST, "--policy", "permissive", "tree"):
            lines, summary = self.lines_and_names(*arguments)
            _, page = self.page(summary["exit_status"], *arguments)
            rows = page.table("files")
            self.assertEqual(len(rows), summary["files"])
            for row, (line, name) in zip(rows, lines):
                claimed = re.sub(r"(, |^)key id [0-9a-z:]+$", "", line["signed_by"] or "")
                signer = "unproven: " + claimed if claimed else (line["signer"] or "").replace("\u202e", "\\xe2\\x80\\xae")
                shown = [name, line["verdict"], signer, *(line[field] or "" for field in ("key_identifier", "layout", "digest", "scheme"))]
                self.assertEqual(row[:2] + row[3:], shown)
                self.assertEqual(bool(row[2]), line["verdict"] != "verified", row)

    def test_what_is_refused_stands_under_its_cause(self):
        for policy in "strict", "permissive":
            lines, summary = self.lines_and_names(*self.TRUST, "--policy", policy, "tree")
            _, page = self.page(summary["exit_status"], *self.TRUST, "--policy", policy, "tree")
            self.assertGreater(len(summary["causes"]), 3)
            found = 0
            for word, count in summary["causes"].items():
                rows, hint = {}, None
                for row in page.table(f"cause-{word}"):
                    if len(row) == 1:
                        hint = row[0]
                    else:
                        rows[row[0]] = (hint, *row[1:])
                self.assertEqual(len(rows), count, word)
                for line, name in lines:
                    if line["cause"] == word:
                        found += 1
                        error = ": " + os.strerror(errno.ENOENT) if line["errc"] == "io_error" else ""
                        expected = line["hint"], line["verdict"], f"{line['message']}{error} ({line['errc']} at offset {line['offset']})", line["remedy"]
                        self.assertEqual(rows[name], tuple(text.replace("\uffff", "\\xef\\xbf\\xbf").replace("\ufdd0", "\\xef\\xb7\\x90") for text in expected))
            self.assertEqual(found, summary["rejected"] + summary["tolerated"])

    def test_who_has_signed(self):
        lines, _ = self.lines_and_names(*self.TRUST, "--trust", "evil.pem", "tree")
        done, page = self.page(1, *self.TRUST, "--trust", "evil.pem", "tree")
        counts = {}
        for line, _ in lines:
            if line["verdict"] == "verified":
                key = line["key_identifier"], line["layout"], line["digest"], line["scheme"]
                counts[key] = counts.get(key, 0) + 1
        self.assertEqual({tuple(row[1:5]): int(row[5]) for row in page.table("signers")}, counts)
        self.assertEqual(len(counts), 2)
        self.assertEqual(page.texts["h1"], [done.stdout.decode().splitlines()[-1]])

    def test_facts(self):
        _, page = self.page(0, *self.TRUST, "signed.ko", SOURCE_DATE_EPOCH="1344512043")
        facts = page.facts
        self.assertEqual((facts["Policy"], facts["Exit status"], facts["Paths"]), ("strict", "0: verified or tolerated", "signed.ko"))
        self.assertEqual(facts["Trusted"], "cert.pem (1 key)")
        self.assertIn("2012-08-09 11:34:03 UTC", facts["Written"])
        self.assertNotIn("Kernel", facts)
        _, page = self.page(0, *self.TRUST, "--policy", "linux-modsign", "--kernel", "7.3,mldsa", "--revoked", "evil.pem", "signed.ko")
        self.assertEqual((page.facts["Policy"], page.facts["Kernel"], page.facts["Revoked"]), ("linux-modsign", "Linux 7.3, with ML-DSA", "evil.pem"))
        _, page = self.page(5, *self.TRUST, "--threshold", "2", "--layout", "modsign", "--require", "rsa=2", "signed.ko")
        self.assertEqual((page.facts["Layouts"], page.facts["Signers"]), ("modsign", "at least 2 distinct ones, at least 2 of rsa"))
        write("list", b"signed.ko\nsigned.ko\n")
        _, page = self.page(0, *self.TRUST, "--files-from", "list", "--shard", "1/1")
        self.assertEqual((page.facts.get("Paths"), page.facts["List"], page.facts["Share"]), (None, "list", "1/1"))
        _, page = self.page(0, *self.TRUST, "--files-from", "list", "signed.ko")
        self.assertEqual((page.facts["Paths"], page.facts["List"], page.facts.get("Share")), ("signed.ko", "list", None))
        _, page = self.page(7, "--root", ".", "--release", "1-none", "--files-from", "list")
        self.assertNotIn("Paths", page.facts)
        self.page(5, *self.TRUST, "--threshold", "2", "--layout", "modsign", "--require", "rsa=2", "signed.ko")
        one = read("page.html")
        self.verify(5, "--html", "page.html", *self.TRUST, "--threshold", "2", "--layout", "modsign", "--require", "rsa=2", "signed.ko", SOURCE_DATE_EPOCH="0")
        self.assertNotEqual(read("page.html"), one)
        self.assertIn(b"1970-01-01 00:00:00 UTC", read("page.html"))

    def test_runs_in_which_nothing_could_be_verified(self):
        for status, *arguments in ((2, "--layout", "none", "signed.ko"), (2, "--signature", "a", "tree"), (7, "--trust", "missing.pem", "signed.ko"), (7, "missing"), (7, "--release", "1-none", "--root", ".")):
            done, page = self.page(status, *arguments)
            self.assertTrue(page.facts["Exit status"].startswith(f"{status}: "), arguments)
            self.assertEqual(page.texts["h1"] == ["nothing was verified"], not page.table("files"))
            self.assertTrue(done.stderr)

    def test_beside_other_forms(self):
        expected = {form: self.verify(1, form, *self.TRUST, "tree").stdout for form in ("--json", "--tsv", "--sarif", "--junit", "--quiet")}
        for form, output in expected.items():
            done, page = self.page(1, form, *self.TRUST, "tree")
            self.assertEqual(done.stdout, output)
            self.assertEqual(len(page.table("files")), 3 * len(HOSTILE_NAMES) + 4)

    def test_standard_output(self):
        write("-", b"a trap")
        for more in [], ["--quiet"]:
            done = self.verify(1, "--html", "-", *more, *self.TRUST, "tree", SOURCE_DATE_EPOCH="0")
            self.page(1, *self.TRUST, "tree", SOURCE_DATE_EPOCH="0")
            self.assertEqual(done.stdout, read("page.html"))
        for form in "--json", "--tsv", "--sarif", "--junit":
            self.assertIn(b"--html -", self.verify(2, "--html", "-", form, *self.TRUST, "tree").stderr)
        self.assertEqual(read("-"), b"a trap")
        os.remove("-")


class Form(InFolder):
    def test_the_page_is_well_formed_and_needs_nothing_else(self):
        _, page = self.page(1, *self.TRUST, "--trust", "evil.pem", "tree")
        text = read("page.html").decode()
        self.assertTrue(text.startswith("<!DOCTYPE html>\n<html lang=\"en\">"))
        self.assertEqual([c for c in text if ord(c) < 32 and c != "\n"], [])
        self.assertEqual([c for c in text if "\u202a" <= c <= "\u202e" or c == "\uffff"], [])
        names = {tag for tag, _ in page.elements}
        self.assertLessEqual(names, set("html head meta title style body header main section h1 h2 h3 dl dt dd ul li a table thead tbody tr th td code b small span script".split()))
        self.assertEqual([attrs for _, attrs in page.elements if {name for name in attrs if name.startswith("on") or name in ("src", "style")}], [])
        self.assertEqual((len(page.attributes("script")), len(page.attributes("style"))), (1, 1))
        ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
        self.assertEqual(len(set(ids)), len(ids))
        for attrs in page.attributes("a"):
            self.assertIn(attrs["href"].removeprefix("#"), ids)
        for table in page.tables:
            self.assertIn(table["label"], ids)
        self.assertEqual([attrs for attrs in page.attributes("th") if attrs.get("scope") not in ("col", "row", "rowgroup")], [])
        self.assertTrue(page.texts["title"][0].startswith("modsig: "))

    def test_the_content_security_policy_allows_what_is_there_by_its_digest(self):
        _, page = self.page(0, *self.TRUST, "signed.ko")
        policy = next(attrs["content"] for attrs in page.attributes("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
        source = {tag: "'sha256-" + base64.b64encode(hashlib.sha256(page.texts[tag][0].encode()).digest()).decode() + "'" for tag in ("script", "style")}
        self.assertEqual(policy, f"default-src 'none'; script-src {source['script']}; style-src {source['style']}; base-uri 'none'; form-action 'none'")

    def test_contrast(self):
        """WCAG 2.2, success criterion 1.4.3."""
        _, page = self.page(0, *self.TRUST, "signed.ko")
        schemes = re.findall(r":root \{([^}]*)\}", page.texts["style"][0])
        self.assertEqual(len(schemes), 2)

        def luminance(color):
            parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
            return sum(weight * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for weight, c in zip((0.2126, 0.7152, 0.0722), parts))

        for scheme in schemes:
            colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", scheme))
            for back in "page", "head":
                for front in "text", "quiet", "verified", "tolerated", "rejected", "link":
                    light, dark = sorted((luminance(colors[front]), luminance(colors[back])), reverse=True)
                    self.assertGreaterEqual((light + 0.05) / (dark + 0.05), 4.5, (front, back))


class Writing(InFolder):
    def test_no_input_is_overwritten(self):
        os.makedirs("inputs", exist_ok=True)
        for name in "cert.pem", "signed.ko", "unsigned.ko", "unsigned.ko.p7s":
            shutil.copy(name, f"inputs/{name}")
        os.chdir("inputs")
        os.mkdir("deep"), os.mkdir("deep/er"), shutil.copy("signed.ko", "deep/er/found.ko")
        os.symlink("signed.ko", "soft"), os.link("signed.ko", "hard")
        os.makedirs("root/boot"), os.makedirs("root/lib/modules/1"), write("root/boot/vmlinuz-1", b"an image")
        before = {name: read(name) for name in ("cert.pem", "signed.ko", "unsigned.ko", "unsigned.ko.p7s", "deep/er/found.ko", "root/boot/vmlinuz-1")}
        for output, *arguments in (("cert.pem", "signed.ko"), ("signed.ko", "signed.ko"), ("soft", "signed.ko"), ("hard", "signed.ko"), ("deep/er/found.ko", "deep"), ("./deep/../signed.ko", "."),
                                   ("unsigned.ko.p7s", "--signature", "unsigned.ko.p7s", "unsigned.ko"), ("unsigned.ko", "--revoked", "unsigned.ko", "signed.ko"), ("cert.pem", "--layout", "none", "signed.ko"),
                                   ("root/boot/vmlinuz-1", "--root", "root", "--release", "1", "signed.ko"), ("root/boot/vmlinuz-1", "--trust-kernel", "root/lib/modules/1", "signed.ko"),
                                   ("unsigned.ko", "--mok", "unsigned.ko", "signed.ko"), ("unsigned.ko", "--policy", "linux-modsign", "--kernel-config", "unsigned.ko", "signed.ko")):
            with self.subTest(output=output, arguments=arguments):
                self.assertIn(b"is read by this command, and would be lost", self.verify(2, "--html", output, "--trust", "cert.pem", *arguments).stderr)
                self.assertEqual({name: read(name) for name in before}, before)

    def test_lists_and_standard_input_are_inputs(self):
        os.mkdir("more")
        os.chdir("more")
        shutil.copy("../signed.ko", "signed.ko")
        write("list", b"signed.ko\n"), os.link("list", "hard")
        before = {name: read(name) for name in ("list", "signed.ko")}
        for output, stdin, *arguments in (("list", None, "--files-from", "list"), ("hard", None, "--files-from", "list"), ("signed.ko", None, "--files-from", "list"),
                                          ("list", "list", "--files-from", "-"), ("list", "list", "--files-from", "/dev/stdin"), ("signed.ko", "signed.ko", "-")):
            with self.subTest(output=output, arguments=arguments), open(stdin or os.devnull, "rb") as file:
                done = subprocess.run([TOOL, "verify", "--trust", "../cert.pem", "--html", output, *arguments], stdin=file, capture_output=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(b"is read by this command, and would be lost", done.stderr)
                self.assertEqual({name: read(name) for name in before}, before)

    def test_what_cannot_be_written(self):
        os.makedirs("folder", exist_ok=True)
        for output in "folder", "missing/page.html", "/dev/full", "", "/proc/page.html":
            for form, status in ("--json", 7), ("--quiet", 7):
                done = self.verify(status, form, "--html", output, *self.TRUST, "signed.ko")
                self.assertTrue(done.stderr)
                if form == "--json":
                    self.assertEqual(json.loads(done.stdout.splitlines()[-1])["exit_status"], 7)

    def test_the_page_appears_whole_or_not_at_all(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        folder = os.path.join(self.folder, "whole")
        os.makedirs(folder, exist_ok=True)
        for old in b"the page before", None:
            if old:
                write(f"{folder}/page.html", old)
            self.verify(7, "--html", f"{folder}/page.html", *self.TRUST, "tree", process={"preexec_fn": small_files})
            self.assertEqual(os.listdir(folder), ["page.html"] if old else [])
            if old:
                self.assertEqual(read(f"{folder}/page.html"), old)
                os.remove(f"{folder}/page.html")
        self.verify(1, "--html", f"{folder}/page.html", *self.TRUST, "tree")
        self.assertTrue(read(f"{folder}/page.html").endswith(b"</html>\n"))

    def test_a_time_that_is_none(self):
        self.assertIn(b"SOURCE_DATE_EPOCH", self.verify(2, "--html", "page.html", *self.TRUST, "signed.ko", SOURCE_DATE_EPOCH="x").stderr)
        self.assertFalse(os.path.exists("page.html"))

    def test_memory_of_ten_thousand_files(self):
        count, most = 10_000, 32 << 20
        os.mkdir("many")
        for i in range(count):
            os.link("unsigned.ko" if i % 2 else "signed.ko", f"many/{i:05}.ko")
        self.addCleanup(shutil.rmtree, "many")

        def peak(*arguments):
            env = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"}
            with subprocess.Popen([TOOL, "verify", *arguments, *self.TRUST, "many"], stdout=subprocess.DEVNULL, env=env) as child:
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, 3)
            return usage.ru_maxrss << 10

        without, beside = peak("--json"), peak("--json", "--html", "page.html")
        self.assertLess(beside - without, most, (without, beside, os.path.getsize("page.html")))
        self.assertEqual(len(Page(read("page.html").decode()).table("files")), count)


def pixel(png):
    """The first one, as #rrggbb. The first pixel of the first row is the same under every filter (PNG, section 9)."""
    data, at = b"", 8
    while at < len(png):
        size, kind = int.from_bytes(png[at:at + 4], "big"), png[at + 4:at + 8]
        data += png[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    return "#" + zlib.decompress(data)[1:4].hex()


@unittest.skipUnless(BROWSER, "no Chromium here (package chromium)")
class Browser(InFolder):
    FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars")

    def browse(self, name, *flags):
        with tempfile.TemporaryDirectory(prefix="modsig-browser-") as profile:
            return must(BROWSER, *self.FLAGS, f"--user-data-dir={profile}", *flags, "file://" + os.path.abspath(name), process={"timeout": 240}, HOME=profile)

    def dom(self, name):
        return Page(re.sub(r"<!DOCTYPE html>", "", self.browse(name, "--dump-dom").decode()))

    def test_a_browser_reads_what_was_written(self):
        _, page = self.page(1, *self.TRUST, "--trust", "evil.pem", "tree")
        seen = self.dom("page.html")
        self.assertEqual((seen.texts["title"], seen.texts["h1"], seen.facts), (page.texts["title"], page.texts["h1"], page.facts))
        self.assertEqual([table["rows"][1:] for table in seen.tables], [table["rows"][1:] for table in page.tables])
        self.assertEqual(len(seen.attributes("button")), 8 + 6)  # the script has run
        self.assertEqual(len(seen.attributes("script")), 1)

    def test_the_policy_keeps_other_scripts_out(self):
        self.page(0, *self.TRUST, "signed.ko")
        other = b"<script>document.title = 'other'</script><p onclick='x'></p><img src=x onerror=\"document.title = 'error'\"></body>"
        text = read("page.html").replace(b"</body>", other)
        write("other.html", text)
        self.assertEqual(re.findall(rb"<title>(.*?)</title>", self.browse("other.html", "--dump-dom")), [b"modsig: 1 verified"])
        write("other.html", re.sub(rb"<meta http-equiv[^>]*>", b"", text))  # else the script would have run
        self.assertIn(re.findall(rb"<title>(.*?)</title>", self.browse("other.html", "--dump-dom")), ([b"other"], [b"error"]))

    def test_sorting(self):
        _, page = self.page(1, *self.TRUST, "--trust", "evil.pem", "tree")
        rows = page.table("files")
        for clicks, down in (1, False), (2, True):
            click = f"<script>for (let i = 0; i !== {clicks}; ++i) document.querySelectorAll('table.sortable')[1].tHead.rows[0].cells[1].firstChild.click()</script></body>"
            write("clicked.html", re.sub(rb"<meta http-equiv[^>]*>", b"", read("page.html")).replace(b"</body>", click.encode()))
            seen = self.dom("clicked.html")
            self.assertEqual([row[1] for row in seen.table("files")], sorted((row[1] for row in rows), reverse=down))
            self.assertEqual(sorted(seen.table("files")), sorted(rows))
            self.assertIn("descending" if down else "ascending", [attrs.get("aria-sort") for attrs in seen.attributes("th")])

    def test_screenshots(self):
        self.page(1, *self.TRUST, "--trust", "evil.pem", "tree", SOURCE_DATE_EPOCH="1344512043")
        os.makedirs(SCREENSHOTS, exist_ok=True)
        for scheme, number, back in ("dark", 0, "#15181c"), ("light", 1, "#fcfcfb"):
            picture = os.path.join(SCREENSHOTS, f"{scheme}.png")
            self.browse("page.html", f"--screenshot={picture}", "--window-size=1400,1600", f"--blink-settings=preferredColorScheme={number}")
            self.assertEqual(pixel(read(picture)), back)


if __name__ == "__main__":
    TOOL, KEYS, SCREENSHOTS = map(os.path.abspath, sys.argv[1:4])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:]))
