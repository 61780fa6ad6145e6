#!/usr/bin/env python3
"""Compares corosim with asyncio on random scenarios.

Usage: differential.py RUNNER [--python PYTHON] [--seed N] [--count N] [--families NAME ...] [--keep FOLDER]

RUNNER is the program asyncio_conformance. For each family, COUNT scenarios of the seed are run on PYTHON (the Python
that runs this script unless given; CPython 3.13 or later) and on corosim, and their logs are compared. Files with
differing cases are kept in FOLDER. Exit status: 0 when all agree.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from generate import FAMILIES

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runner", type=pathlib.Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300, help="scenarios of each family")
    parser.add_argument("--families", nargs="+", choices=sorted(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("differences"))
    arguments = parser.parse_args()

    all_agree = True
    with tempfile.TemporaryDirectory() as folder:
        for family in arguments.families:
            path = pathlib.Path(folder) / f"{family}-{arguments.seed}.jsonl"
            with path.open("w") as file:
                subprocess.run(
                    [arguments.python, "-B", "-W", "ignore", str(HERE / "generate.py"), "--log", "--family", family,
                     "--seed", str(arguments.seed), "--count", str(arguments.count)],
                    stdout=file, check=True)
            result = subprocess.run([str(arguments.runner.resolve()), str(path)], capture_output=True, text=True)
            summary = result.stdout.splitlines()[-1] if result.returncode in (0, 1) else "the runner did not end"
            print(f"{family} (seed {arguments.seed}): {summary}")
            if result.returncode != 0:
                all_agree = False
                arguments.keep.mkdir(parents=True, exist_ok=True)
                kept = arguments.keep / path.name
                kept.write_bytes(path.read_bytes())
                print(result.stdout + result.stderr)
                print(f"the cases are in {kept}")
    return 0 if all_agree else 1


if __name__ == "__main__":
    sys.exit(main())
