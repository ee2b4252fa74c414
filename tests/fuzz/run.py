#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs fuzzers, from the seeds, the inputs that once went wrong (tests/data/regressions/TARGET) and what earlier runs have found.
usage: run.py [--seconds N | --minutes N] --data DATA FOLDER TARGET [PROGRAM]
       --seconds: one target for so long, the same each time       FOLDER: tests/fuzz of the build folder
       --minutes: the targets (separated by commas) in turns, one for each processor, longer the more a target has found in its last
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

LARGEST = 20000  # of an input, in bytes
RUNS = 40000     # of a target that is given seconds: the same inputs on a fast machine as on a slow one, which ends sooner


class Target:
    def __init__(self, folder, data, name):
        self.name = name
        self.program = folder / f'fuzz_{name}'
        self.seeds = folder / 'seeds' / name
        self.regressions = data / 'regressions' / name
        self.found = folder / 'found' / name
        self.found.mkdir(parents=True, exist_ok=True)
        self.executions = self.features = self.gained = self.seconds = self.coverage = 0

    def run(self, seconds, options):
        """Whether nothing went wrong."""
        inputs = [self.found, self.seeds] + [self.regressions] * self.regressions.is_dir()
        begun = time.monotonic()
        run = subprocess.run([self.program, *inputs, f'-max_total_time={seconds}', f'-max_len={LARGEST}', '-timeout=20', '-rss_limit_mb=4096',
                              '-print_final_stats=1', '-verbosity=1', f'-artifact_prefix={self.found.parent}/{self.name}-', *options],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        self.seconds += time.monotonic() - begun
        executions = re.findall(r'number_of_executed_units: (\d+)', run.stdout)
        lines = re.findall(r'^#\d+\s+(\w+)\s+cov: (\d+) ft: (\d+)', run.stdout, re.M)
        if lines:
            features = int(lines[-1][2])
            self.gained, self.features, self.coverage = features - self.features, features, int(lines[-1][1])
        if executions:
            self.executions += int(executions[-1])
        seeds = sum(1 for folder in inputs[1:] for _ in folder.iterdir())
        good = run.returncode == 0 and bool(executions) and int(executions[-1]) >= seeds > 0
        if not good:
            print(run.stdout[-8000:])
        return good

    def __str__(self):
        return f'{self.name}: {self.executions} executions in {self.seconds:.0f} s, {self.coverage} edges, {self.features} features'


def in_turns(targets, minutes):
    end = time.monotonic() + 60 * minutes
    good = True
    processors = os.cpu_count() or 1
    slice_seconds = max(10, min(300, 60 * minutes * processors / len(targets) / 4))
    with concurrent.futures.ThreadPoolExecutor(processors) as pool:
        while good and time.monotonic() + 10 < end:
            most = max(1, *(target.gained for target in targets))
            slices = {target: max(10, int(slice_seconds * (0.25 + target.gained / most))) for target in targets}
            left = end - time.monotonic()
            runs = [pool.submit(target.run, min(seconds, max(10, int(left))), []) for target, seconds in slices.items()]
            good = all([run.result() for run in runs])
            for target in targets:
                print(target, flush=True)
    print(f'{sum(target.executions for target in targets)} executions, {sum(target.seconds for target in targets) / 3600:.2f} hours of a processor')
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=int)
    parser.add_argument('--minutes', type=float)
    parser.add_argument('--data', type=pathlib.Path, required=True)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('targets')
    parser.add_argument('program', nargs='?')  # meson names what a test needs
    arguments = parser.parse_args()
    targets = [Target(arguments.folder, arguments.data, name) for name in arguments.targets.split(',')]
    if arguments.minutes:
        return in_turns(targets, arguments.minutes)
    good = targets[0].run(arguments.seconds, ['-seed=1', f'-runs={RUNS}'])
    print(targets[0])
    return good


if __name__ == '__main__':
    sys.exit(0 if main() else 1)
