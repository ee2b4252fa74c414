#!/usr/bin/python3
# SPDX-License-Identifier: BSL-1.0
"""Changes the library in one place, and asks whether a test notices; then in the next place.

run.py MINUTES [--count N] [--seed N] [--build FOLDER] [--jobs N] [--only NUMBER...] [FOLDER...]

All mutations are compiled into the same programs; a run of all tests shows which test comes to which mutation. Then mutations are
chosen, spread over the headers by their size, and for each the tests that come to it are run until the first fails. FOLDER is a
path below include/modsig."""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import equivalent
import programs
import rewrite
import syntax

ROUNDS = 12  # of compiling: each leaves out the mutations that the last could not compile


def say(*words):
    print(*words, flush=True)


# ---- building ----------------------------------------------------------------------------------------------------------

def faults(output, build, places):
    """The mutations that the compiler complains about: the innermost around the place of an error, or of a note that belongs to it."""
    wrong, include = set(), os.path.join(build, "")
    pending = False
    for line in output.splitlines():
        found = re.match(r"(.*?):(\d+):(\d+): (fatal error|error|note): ", line)
        if not found:
            continue
        if found[4] != "note":
            pending = True
        if not pending or not found[1].startswith(include):
            continue
        path = found[1][len(include):]
        with open(found[1], "rb") as file:
            lines = file.read().split(b"\n")
        offset = sum(len(each) + 1 for each in lines[:int(found[2]) - 1]) + int(found[3]) - 1
        around = [(end - begin, number) for number, (begin, end) in places.get(path, {}).items() if begin <= offset < end]
        if around:
            wrong.add(min(around)[1])
            pending = False
    return wrong


def compile_all(build, mutations, names, jobs):
    """Builds the programs; returns the numbers of the mutations that cannot be compiled."""
    remembered = os.path.join(build, "left_out.json")
    keys = {mutation.key(): mutation.number for mutation in mutations}
    left_out = set()
    if os.path.exists(remembered):
        with open(remembered, encoding="utf-8") as file:
            left_out = {keys[key] for key in json.load(file) if key in keys}
    by_number = {mutation.number: mutation for mutation in mutations}
    for _ in range(ROUNDS):
        places = rewrite.copy_headers(ROOT, build, mutations, left_out)
        ran = subprocess.run(["ninja", "-C", build, "-k", "0", f"-j{jobs}", *(f"{name}/{name}" for name in names)], capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return left_out
        wrong = faults(ran.stdout, build, places) - left_out
        if not wrong:
            raise SystemExit(ran.stdout[-20000:])
        left_out |= wrong
        say(f"{len(wrong)} mutations do not compile")
        with open(remembered, "w", encoding="utf-8") as file:
            json.dump(sorted(by_number[number].key() for number in left_out), file, indent=0)
    raise SystemExit("the mutated programs do not compile")


def compiled_numbers(build, names):
    numbers = set()
    for name in names:
        symbols = subprocess.run(["nm", "-C", f"{build}/{name}/{name}"], capture_output=True, text=True, check=True).stdout
        numbers |= {int(number) for number in re.findall(r" mutants::compiled<(\d+)>", symbols)}
    return numbers


# ---- running -----------------------------------------------------------------------------------------------------------

def isolated():
    """What keeps a mutated program from other processes: a process that a mutation ends by a wrong number is one of its own."""
    words = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if subprocess.run([*words, "true"], check=False, capture_output=True).returncode != 0:
        raise SystemExit("unshare --pid is not possible here: a mutated kill(2) could end other processes")
    return words


class Programs:
    def __init__(self, build, names):
        self.build, self.names = build, names
        self.prefix = isolated()
        self.environment = {**os.environ, "MODSIG_TEST_DATA": build + "/data", "MODSIG_TEST_VECTORS": ROOT + "/tests/data",
                            "MODSIG_TEST_KERNEL": ROOT + "/build-packages/kernel"}

    def run(self, name, arguments, environment, cpu_seconds=None):
        """Its exit status; a signal's is negative, None stands for one that hangs."""
        def limit():
            if cpu_seconds:
                resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds) + 1, int(cpu_seconds) + 2))
            resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with tempfile.TemporaryDirectory(prefix="mutant") as folder:
            os.chmod(folder, 0o755)  # tests become other users
            started = subprocess.Popen([*self.prefix, f"{self.build}/{name}/{name}", *arguments], cwd=folder, start_new_session=True, preexec_fn=limit,
                                       env={**self.environment, **environment, "TMPDIR": folder}, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                return started.wait(timeout=None if cpu_seconds is None else 20 + 10 * cpu_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)  # unshare's child goes with it
                started.wait()
                return None

    def reach(self, name):
        """For each test case that passes: the seconds that it takes, and the mutations that it comes to."""
        path = f"{self.build}/{name}/reached"
        newest = os.path.getmtime(f"{self.build}/{name}/{name}")
        if not os.path.exists(path) or os.path.getmtime(path) < newest:
            self.run(name, [], {"MUTANTS_REACHED": path + ".new"})
            os.replace(path + ".new", path)
        tests = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                test, outcome, seconds, numbers = line.rstrip("\n").split("\t")
                if outcome == "failed":
                    say(f"left out, since it fails without a mutation: {name}: {test}")
                else:
                    tests[test] = float(seconds), set(map(int, numbers.split()))
        return tests


def pattern(test):
    """doctest's filter for this name."""
    return test.replace(",", "?").replace("\\", "?")


BATCHES = (0.02, 0.2, 1, 5, 1e9)  # seconds of a test: the quick ones first


def verdict(mutation, runner, tests):
    """killed, survived, not reached; and who killed it."""
    reaching = [(seconds, name, test) for name, cases in tests.items() for test, (seconds, numbers) in cases.items() if mutation.number in numbers]
    if not reaching:
        return "not reached", ""
    for least, most in zip((-1,) + BATCHES, BATCHES):
        for name in runner.names:
            batch = [(seconds, test) for seconds, program, test in reaching if program == name and least < seconds <= most]
            if not batch:
                continue
            limit = 5 + 4 * sum(seconds for seconds, _ in batch)
            status = runner.run(name, ["--abort-after=1", "-tc=" + ",".join(pattern(test) for _, test in batch)], {"MUTANT": str(mutation.number)}, limit)
            if status != 0:
                return "killed", "hangs" if status is None else f"{name}: {status}"
    return "survived", f"{len(reaching)} tests"


def chosen(mutations, count, seed):
    """`count` of these, spread over the headers by their size, in an order that spreads, too."""
    chance = random.Random(seed)
    by_file = collections.defaultdict(list)
    for mutation in mutations:
        by_file[mutation.source.path].append(mutation)
    size = {path: len(each[0].source.starts) for path, each in by_file.items()}
    total = sum(size.values())
    ranked = []
    for path in sorted(by_file):
        by_kind = collections.defaultdict(list)
        for mutation in by_file[path]:
            by_kind[mutation.kind].append(mutation)
        for each in by_kind.values():
            chance.shuffle(each)
        share = max(1, count * size[path] / total)
        rank, kinds = 0, sorted(by_kind)
        chance.shuffle(kinds)
        while any(by_kind.values()):  # one of each kind in turn
            for kind in kinds:
                if by_kind[kind]:
                    ranked.append(((rank + chance.random()) / share, path, by_kind[kind].pop()))
                    rank += 1
    ranked.sort(key=lambda entry: entry[:2])
    return [mutation for _, _, mutation in ranked[:count]]


# ---- the report --------------------------------------------------------------------------------------------------------

def table(title, rows):
    say(f"\n{title:24} {'made':>6} {'killed':>7} {'equivalent':>11} {'survived':>9} {'not reached':>12}")
    total = collections.Counter()
    for name in sorted(rows):
        total.update(rows[name])
        line(name, rows[name])
    line("all", total)


def line(name, row):
    say(f"{name:24} {sum(row.values()):6} {row['killed']:7} {row['equivalent']:11} {row['survived']:9} {row['not reached']:12}")


def folder_of(path):
    parts = path[len("include/modsig/"):].split("/")
    return parts[0] + "/" if len(parts) > 1 else "(top)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", default=os.path.join(ROOT, "build-mutants"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--programs", default=",".join(programs.PROGRAMS))
    parser.add_argument("--only", type=int, nargs="+")
    parser.add_argument("folders", nargs="*")
    options = parser.parse_intermixed_args()
    build = os.path.abspath(options.build)
    os.makedirs(build, exist_ok=True)
    names = options.programs.split(",")

    paths = programs.headers(ROOT, [])
    mutations = syntax.mutations(ROOT, paths, programs.flags(ROOT, ROOT + "/include"))
    say(f"{len(mutations)} mutations in {len(paths)} headers")
    known = equivalent.Equivalents(os.path.join(HERE, "equivalent.txt"))
    known.match(mutations)
    programs.data(ROOT, build)
    programs.write_ninja(ROOT, build, paths)
    inside = [m for m in mutations if not options.folders or any(m.source.path.startswith("include/modsig/" + each) for each in options.folders)]
    candidates = [m for m in inside if m.number in options.only] if options.only else chosen(inside, 2 * options.count, options.seed)
    left_out = compile_all(build, candidates, names, options.jobs)
    compiled = compiled_numbers(build, names) - left_out
    say(f"of {len(candidates)} candidates {len(left_out)} do not compile, {len(candidates) - len(left_out) - len(compiled)} stand in "
        "constant expressions or in code that these programs do not have")
    runner = Programs(build, names)
    tests = {name: runner.reach(name) for name in names}
    say(f"{sum(map(len, tests.values()))} test cases")

    selected = [m for m in candidates if m.number in compiled][:options.count]
    end = time.monotonic() + 60 * options.minutes
    verdicts, lock = {}, threading.Lock()

    def judge(mutation):
        if time.monotonic() > end:
            return
        outcome = verdict(mutation, runner, tests)
        with lock:
            verdicts[mutation.number] = outcome
            if outcome[0] != "killed" and mutation.number not in known.numbers:
                say(f"{outcome[0]}: {mutation.source.path}:{mutation.line} ({mutation.number}, {outcome[1] or 'no test'})\n    {mutation.key()}")
            if len(verdicts) % 50 == 0:
                say(f"{len(verdicts)} of {len(selected)}")

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(judge, selected))
    return report(selected, verdicts, known)


def report(selected, verdicts, known):
    kinds, folders = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    counts, stale = collections.Counter(), []
    for mutation in selected:
        if mutation.number not in verdicts:
            continue
        outcome, _ = verdicts[mutation.number]
        if mutation.number in known.numbers:
            if outcome == "killed":
                stale.append(mutation.key())
            elif outcome == "survived":
                outcome = "equivalent"
        kinds[mutation.kind][outcome] += 1
        folders[folder_of(mutation.source.path)][outcome] += 1
        counts[outcome] += 1
    table("kind", kinds)
    table("folder", folders)
    if len(verdicts) < len(selected):
        say(f"\n{len(selected) - len(verdicts)} were not made: the time was over")
    for key in stale:
        say(f"a test notices what equivalent.txt says no test can: {key}")
    judged = counts["killed"] + counts["survived"]
    share = 100 * counts["killed"] / max(1, judged)
    say(f"{counts['killed']} of {judged} killed, {share:.1f} %; {counts['equivalent']} equivalent, {counts['not reached']} not reached")
    return 1 if stale or share < 97 else 0


if __name__ == "__main__":
    sys.exit(main())
