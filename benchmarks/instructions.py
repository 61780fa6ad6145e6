#!/usr/bin/env python3
"""Counts the instructions of each hot path, and fails when one has grown by more than 3 %.

    benchmarks/instructions.py build/release/benchmarks/hot_paths            compare with the baseline
    benchmarks/instructions.py build/release/benchmarks/hot_paths --accept   make this build the baseline

Instructions do not depend on what else the machine does. Each path is taken n times and 2n times under callgrind; what
it costs once is the difference, divided by n, so that starting the program does not count. The numbers are those of one
compiler: the baseline names it, and another one's are not compared.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BASELINE = pathlib.Path(__file__).with_name("instructions.json")
MOST_GROWTH = 0.03
TIMES = {"run_random": 100, "run_portfolio": 100}
USUAL_TIMES = 2000


def compiler_of(program):
    cache = next((folder / "CMakeCache.txt" for folder in program.resolve().parents
                  if (folder / "CMakeCache.txt").exists()), None)
    if cache is None:
        sys.exit(f"{program}: expected a program in a build folder, with a CMakeCache.txt above it")
    values = dict(re.findall(r"^(\w+):\w+=(.*)$", cache.read_text(), re.MULTILINE))
    version = subprocess.run([values["CMAKE_CXX_COMPILER"], "--version"], capture_output=True, text=True, check=True)
    return f"{version.stdout.splitlines()[0]}, {values['CMAKE_BUILD_TYPE']}"


def instructions(program, path, times):
    with tempfile.NamedTemporaryFile() as profile:
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile.name}",
                              str(program), path, str(times)], capture_output=True, text=True)
        total = re.search(r"^(?:totals|summary): (\d+)", pathlib.Path(profile.name).read_text(), re.MULTILINE)
    if run.returncode != 0 or total is None:
        sys.exit(f"valgrind {program} {path} {times} failed:\n{run.stderr}")
    return int(total[1])


def measure(program, only):
    names = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    measured = {}
    for name in names:
        if only and name not in only:
            continue
        times = TIMES.get(name, USUAL_TIMES)
        once, twice = instructions(program, name, times), instructions(program, name, 2 * times)
        measured[name] = round((twice - once) / times, 1)
        print(f"{name:24} {measured[name]:10.1f}", flush=True)
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, help="the built hot_paths")
    parser.add_argument("--accept", action="store_true", help="make what is measured the baseline")
    parser.add_argument("--only", nargs="*", help="these paths only")
    arguments = parser.parse_args()
    compiler = compiler_of(arguments.program)
    measured = measure(arguments.program, arguments.only)
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {"compiler": compiler, "instructions": {}}
    if arguments.accept:
        known = baseline["instructions"] if arguments.only and baseline["compiler"] == compiler else {}
        BASELINE.write_text(json.dumps({"compiler": compiler, "instructions": known | measured}, indent=2) + "\n")
        return 0
    if baseline["compiler"] != compiler:
        print(f"not compared: the baseline is of {baseline['compiler']}, this is {compiler}")
        return 0
    grown = 0
    for name, count in measured.items():
        before = baseline["instructions"].get(name)
        if before is None:
            print(f"{name}: not in the baseline")
            grown += 1
        elif count > before * (1 + MOST_GROWTH):
            print(f"{name}: {count} instructions, {100 * (count / before - 1):.1f} % more than {before}")
            grown += 1
    if grown:
        print(f"To accept what was measured: benchmarks/instructions.py {arguments.program} --accept")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
