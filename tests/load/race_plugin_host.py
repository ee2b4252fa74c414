#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""An attacker who changes a plugin's file as fast as he can, while examples/plugin-host watches it and calls the plugin: whatever
runs was signed for that name, nothing is unloaded under its callers, and every version that goes is unloaded.
race_plugin_host.py TOOL HOST KEYS SECONDS [SEED]"""
import collections
import mmap
import os
import random
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../examples"))
from harness import read
from plugin_versions import Host, compiled, loaded_unverified, put, signed

VENDOR, PARTNER, UNKNOWN_SIGNER = "rsa2048", "rsa4096", "rsa3072"  # built into the host; trusted for another plugin; known to nobody
ENOUGH = 50


def contestants(folder, tool, keys):
    """Name to bytes of a file, and whether it may run."""
    one = compiled(f"{folder}/one.so", who="version 1", added=0)
    two = compiled(f"{folder}/two.so", who="version 2", added=1)
    evil = compiled(f"{folder}/evil.so", who="EVIL", evil=True)
    assert loaded_unverified(evil).startswith("EVIL in\nEVIL called\n"), "evil plugins are not seen"
    good = {"one": signed(tool, keys, VENDOR, one), "two": signed(tool, keys, VENDOR, two)}
    signature, unsigned_evil = good["one"][os.path.getsize(one):], read(evil)
    flipped = bytearray(good["two"])
    flipped[os.path.getsize(two) // 2] ^= 1
    bad = {
        "evil": unsigned_evil,
        "evil, stolen signature": unsigned_evil + signature,
        "evil by an unknown signer": signed(tool, keys, UNKNOWN_SIGNER, evil),
        "evil by another plugin's key": signed(tool, keys, PARTNER, evil),
        "flipped": bytes(flipped),
        "cut short": good["one"][:-100],
        "nothing": b"",
    }
    return good, bad


class Attacker:
    def __init__(self, path, good, bad, seed):
        self.path, self.good, self.bad = path, list(good.values()), list(bad.values())
        self.random = random.Random(seed)
        self.steps = collections.Counter()

    def replace(self, content):
        put(self.path, content)

    def rewrite(self, content):
        """In place, from the end to the front, so that it is never whole before it is done."""
        middle = len(content) // 2
        with open(self.path, "r+b" if os.path.exists(self.path) else "w+b", buffering=0) as f:
            f.seek(middle)
            f.write(content[middle:])
            f.seek(0)
            f.write(content[:middle])
            f.truncate(len(content))

    def truncate(self, content):
        with open(self.path, "wb", buffering=0) as f:
            f.write(content[: self.random.randrange(len(content) + 1)])

    def map(self, content):
        """No write(2), so the kernel tells the host nothing before the file is closed."""
        with open(self.path, "w+b") as f:
            f.truncate(max(len(content), 1))
            with mmap.mmap(f.fileno(), 0) as memory:
                for start in range(0, len(content), 4096):
                    memory[start : min(start + 4096, len(content))] = content[start : start + 4096]

    def delete(self, _):
        if os.path.exists(self.path):
            os.unlink(self.path)

    def attack(self, seconds, alive):
        ways = [self.replace] * 6 + [self.rewrite] * 4 + [self.map] * 4 + [self.truncate] * 2 + [self.delete]
        end = time.monotonic() + seconds
        while time.monotonic() < end and alive():
            way = self.random.choice(ways)
            way(self.random.choice(self.good if self.random.random() < 0.5 else self.bad))
            self.steps[way.__name__] += 1


def main(tool, program, keys, seconds, seed=None):
    seed = int(seed) if seed is not None else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    wrong = []

    def check(holds, what):
        if not holds:
            wrong.append(what)

    with tempfile.TemporaryDirectory(prefix="modsig-race-") as folder:
        good, bad = contestants(folder, tool, keys)
        watched = f"{folder}/plugins"
        os.mkdir(watched)
        path = f"{watched}/raced.so"
        put(path, good["one"])
        host = Host(program, f"{folder}/host", "--watch", watched, "--pin", f"another={keys}/{PARTNER}.pub.pem")
        try:
            host.wait_for("raced: loaded: 42")
            attacker = Attacker(path, good, bad, seed)
            attacker.attack(float(seconds), lambda: host.process.poll() is None)
            # After all that it still does what it is for.
            settled = False
            if host.process.poll() is None:
                put(path, bad["evil"])
                put(path, good["one"])
                put(path, good["two"])
                deadline = time.monotonic() + 60
                while not settled and time.monotonic() < deadline and host.process.poll() is None:
                    time.sleep(0.05)
                    said = host.said()
                    running = len(re.findall(r"^version \d in$", said, re.M)) - len(re.findall(r"^version \d out$", said, re.M))
                    settled = running == 1 and re.findall(r"^raced: (.*)$", said, re.M)[-1].endswith(": 43")
            status = host.end()
        finally:
            host.kill()
        out, err = host.said(), host.said("err")

    news = collections.Counter(re.findall(r"^raced: (loaded|replaced|unloaded)", out, re.M))
    answers = collections.Counter(re.findall(r"^raced: (?:loaded|replaced): (.*)$", out, re.M))
    announced = collections.Counter(re.findall(r"^(version \d (?:in|out))$", out, re.M))
    reasons = collections.Counter(re.findall(r": refused: .*\((\w+), E\w+, at byte \d+\)", err))
    refused = err.count(": refused: ")
    reloads = news["loaded"] + news["replaced"]
    calls = re.search(r"^calls: (\d+)$", out, re.M)

    print(f"attacks: {sum(attacker.steps.values())}: " + ", ".join(f"{name} {n}" for name, n in sorted(attacker.steps.items())))
    print(f"loaded {news['loaded']}, replaced {news['replaced']}, unloaded {news['unloaded']}; answers: {dict(answers)}")
    print(f"refused {refused}: " + ", ".join(f"{name} {n}" for name, n in sorted(reasons.items())))
    print(f"calls {calls[1] if calls else 'none counted'}; " + ", ".join(f"{name} {n}" for name, n in sorted(announced.items())))

    check("EVIL" not in out + err, "an unverified byte was executed")
    check(status == 0, f"the host ended with {status}\n{err[-2000:]}")
    check(settled, "the last version that was put there does not run, or not alone")
    check(reloads >= ENOUGH, f"only {reloads} versions were loaded")
    check(refused >= ENOUGH, f"only {refused} versions were refused")
    check(sum(reasons.values()) == refused, "a refusal does not say why")
    check(set(answers) == {"42", "43"}, f"not both versions ran, or others: {dict(answers)}")
    check({"no_signature", "signature_mismatch", "key_not_found", "key_usage"} <= set(reasons), "an attack was never seen")
    check(calls is not None and int(calls[1]) > reloads, "the plugin was not called")
    for version in "version 1", "version 2":
        check(announced[f"{version} in"] == announced[f"{version} out"] > 0, f"{version} is not unloaded as often as it is loaded")
    check(announced["version 1 in"] + announced["version 2 in"] == reloads, "something was loaded that the host does not speak of")
    for each in wrong:
        print(f"FAIL  {each}")
    print("ok" if not wrong else f"{len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
