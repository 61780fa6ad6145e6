#!/usr/bin/env python3
"""Compares corosim with the asyncio of the Python that runs this script, on random scenarios.

Usage: differential.py RUNNER [--seed N] [--count N] [--families NAME ...] [--keep FOLDER]

RUNNER is the program asyncio_conformance. For each family, COUNT scenarios of the seed are run on both, and their logs are
compared. The first that differs in a family is made small and shown with both logs; all of them are kept in FOLDER.
Before CPython 3.13, what differs from 3.14 is left out. Exit status: 0 when all agree, 1 when some differ, 77 where this
Python has nothing to compare with.
"""
import argparse
import gc
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

EXIT_SKIPPED = 77

if sys.version_info < (3, 11):
    print(f"skipped: Python {sys.version.split()[0]}, needed is 3.11 or later")
    sys.exit(EXIT_SKIPPED)

import reference
from generate import FAMILIES, cases
from minimise import minimised


class Refused(Exception):
    """A scenario that was made small can be none any more."""


class Runner:
    """The program asyncio_conformance."""

    def __init__(self, path, folder):
        self.path = path.resolve()
        self.file = pathlib.Path(folder) / "cases.jsonl"

    def failing(self, some_cases):
        """Those whose log is another one on corosim. The program names them."""
        self.file.write_text("".join(json.dumps(case) + "\n" for case in some_cases))
        lines = self.run(str(self.file))
        return [case for case in some_cases if any(line.startswith(case["name"] + ": ") for line in lines)]

    def log(self, scenario):
        self.file.write_text(json.dumps({"name": "it", "family": "", "scenario": scenario, "log": []}) + "\n")
        log = []
        for line in self.run("--case", "it", str(self.file)):
            if line.startswith("it: line "):
                break
            log.append(line)
        return log

    def run(self, *arguments):
        result = subprocess.run([str(self.path), *arguments], capture_output=True, text=True)
        if result.returncode == 2:
            raise Refused(result.stderr)
        if result.returncode not in (0, 1):
            raise SystemExit(f"{self.path.name} ended with {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout.splitlines()


def off_by_one(scenario):
    """For the canary: sleeps of two seconds take three."""
    def changed(value):
        if value == ["sleep", 2]:
            return ["sleep", 3]
        if isinstance(value, list):
            return [changed(each) for each in value]
        return value
    return {"functions": {name: changed(body) for name, body in scenario["functions"].items()}}


def on_asyncio(scenario, canary):
    return reference.run_scenario(off_by_one(scenario) if canary else scenario)


def show(case, runner, canary):
    def differs(scenario):
        try:
            corosim_log = runner.log(scenario)
        except Refused:
            return False
        log = on_asyncio(scenario, canary)
        return log is not None and log != corosim_log

    scenario = minimised(case["scenario"], differs)
    print(f"\n{case['name']} differs, and so does what is left of it:")
    for name, body in scenario["functions"].items():
        print(f'  "{name}": {json.dumps(body)}')
    asyncio_log, corosim_log = on_asyncio(scenario, canary), runner.log(scenario)
    width = max(map(len, asyncio_log + ["asyncio"]))
    print(f"\n    {'asyncio':{width}}  corosim")
    for number in range(max(len(asyncio_log), len(corosim_log))):
        left, right = (log[number] if number < len(log) else "" for log in (asyncio_log, corosim_log))
        print(f"  {' ' if left == right else '>'} {left:{width}}  {right}")
    print()


def compare(family, arguments, runner):
    """Whether all scenarios of the family agree."""
    batch = 1000
    compared, differing = 0, []
    pending = []

    def flush():
        nonlocal compared
        compared += len(pending)
        differing.extend(runner.failing(pending))
        pending.clear()
        if sys.stdout.isatty():
            print(f"\r{family} (seed {arguments.seed}): {compared} / {arguments.count}", end="", flush=True)

    for case in cases(family, arguments.seed, arguments.count, with_log=True):
        if arguments.canary:
            case["log"] = on_asyncio(case["scenario"], canary=True)
            if case["log"] is None:
                continue
        pending.append(case)
        if len(pending) == batch:
            flush()
    if pending:
        flush()
    start = "\r" if sys.stdout.isatty() else ""
    print(f"{start}{family} (seed {arguments.seed}): {compared} compared, {len(differing)} differ")
    if differing:
        show(differing[0], runner, arguments.canary)
        if not arguments.canary:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            kept = arguments.keep / f"{family}-{arguments.seed}.jsonl"
            kept.write_text("".join(json.dumps(case) + "\n" for case in differing))
            print(f"the differing cases are in {kept}")
    return not differing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runner", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300, help="scenarios of each family")
    parser.add_argument("--families", nargs="+", choices=sorted(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("differences"))
    parser.add_argument("--canary", action="store_true", help="let asyncio sleep too long, which has to be found")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")      # coroutines that a deadlocked run leaves behind
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(arguments.runner, folder)
        agreed = [compare(family, arguments, runner) for family in arguments.families]
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)      # without collecting what deadlocked runs left behind
