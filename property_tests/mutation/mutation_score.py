#!/usr/bin/env python3
"""Measures how many small faults in runtime and sim the tests find.

Builds one copy of the source tree with all faults of the catalogue in it, each to be chosen when a program runs, and
runs the tests with one after the other. A fault that no test finds is a survivor: a promise that nobody tests, unless
the catalogue says why nobody can see it. How to add a fault: property_tests/mutation/README.md.

Exit status: 0 where the score is reached, 1 where it is not, 2 where the catalogue or the suite cannot be used, 130
when interrupted.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import sys
import threading
import time

import catalogue
import suite

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of one mutant."""

    mutant: catalogue.Mutant
    killer: str = ""  # the test program; empty where none failed
    test: str = ""  # in it
    how: str = ""
    seconds: float = 0

    @property
    def word(self):
        if self.killer:
            return "killed"
        return "equivalent" if self.mutant.equivalent else "SURVIVED"


def main():
    arguments = parse_arguments()
    mutants = catalogue.read(arguments.catalogue)
    if arguments.check:
        return check(mutants)
    wanted = [each for each in mutants if any(part in each.name for part in arguments.only or [""])]
    if not wanted:
        raise catalogue.CatalogueError(f"no mutant has {' or '.join(arguments.only)} in its name")
    tests = suite.Suite(ROOT, arguments.directory)
    progress = Progress()
    progress.say("copy and build")
    tests.make_source(mutants)
    tests.build(arguments.jobs)
    progress.say("run the tests without a mutant")
    tests.require_passing()
    verdicts = judge_all(tests, wanted, arguments, progress)
    print(report(verdicts))
    return 0 if score(verdicts) >= arguments.least else 1


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only check that the catalogue fits the sources")
    parser.add_argument("--only", metavar="PART", nargs="+", help="only mutants with one of these in their name")
    parser.add_argument("--least", metavar="PERCENT", type=percent, default=95, help="the score to reach (95)")
    parser.add_argument("--jobs", metavar="N", type=positive, default=os.cpu_count(), help="mutants at a time")
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "build/mutation", help="where to build")
    parser.add_argument("--catalogue", metavar="FILE", type=pathlib.Path, nargs="+",
                        default=sorted((HERE / "mutants").glob("*.toml")), help="the mutants")
    arguments = parser.parse_args()
    arguments.directory = arguments.directory.resolve()
    return arguments


def percent(text):
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError
    return value


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def check(mutants):
    """Whether each mutant still has its place in the sources."""
    for name in sorted({mutant.file for mutant in mutants}):
        try:
            text = (ROOT / name).read_text()
        except OSError as error:
            raise catalogue.CatalogueError(error) from None
        catalogue.apply(text, [mutant for mutant in mutants if mutant.file == name])
    print(f"{len(mutants)} mutants fit the sources")
    return 0


# Judging -------------------------------------------------------------------------------------------------------------


def judge_all(tests, mutants, arguments, progress):
    memory = Memory(arguments.directory / "killers.json")
    verdicts = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        pending = [pool.submit(judge, tests, mutant, memory) for mutant in mutants]
        try:
            for done in concurrent.futures.as_completed(pending):
                verdicts.append(done.result())
                progress.count(verdicts, len(mutants))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            memory.write()
            progress.end()
    return sorted(verdicts, key=lambda verdict: mutants.index(verdict.mutant))


def judge(tests, mutant, memory):
    """Runs the tests with the mutant until one fails. The one that killed it last time goes first, alone."""
    started = time.monotonic()
    runs = [(test, None) for test in suite.tests_for(mutant)]
    known = memory.killer_of(mutant)
    runs = [(test, known[1]) for test, _ in runs if known and test.name == known[0] and test.is_gtest] + runs
    for test, only in runs:
        outcome = confirmed(tests, test, mutant, only)
        if outcome.failed:
            memory.killed(mutant, test, outcome)
            return Verdict(mutant, test.name, outcome.culprit, outcome.how, time.monotonic() - started)
    return Verdict(mutant, seconds=time.monotonic() - started)


def confirmed(tests, test, mutant, only):
    """How the test program ends. A failure that does not come again is none of the mutant's."""
    outcome = tests.run(test, mutant.number, only)
    if not outcome.failed or outcome.how != "failed" or not test.is_gtest:
        return outcome
    if tests.run(test, mutant.number, outcome.culprit).failed:
        return outcome
    return tests.run(test, mutant.number, only)


class Memory:
    """Which test killed which mutant, from one time to the next. Only saves time."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.killers = json.loads(path.read_text()) if path.exists() else {}

    def killer_of(self, mutant):
        return self.killers.get(mutant.name)

    def killed(self, mutant, test, outcome):
        with self.lock:
            self.killers[mutant.name] = [test.name, outcome.culprit]

    def write(self):
        self.path.write_text(json.dumps(self.killers, indent=1) + "\n")


# Telling -------------------------------------------------------------------------------------------------------------


def score(verdicts):
    """The part that was killed of those that can be, in percent."""
    killed = sum(verdict.word == "killed" for verdict in verdicts)
    survived = sum(verdict.word == "SURVIVED" for verdict in verdicts)
    return 100 * killed / (killed + survived) if killed + survived else 100


def report(verdicts):
    width = max(len(verdict.mutant.name) for verdict in verdicts)
    lines = []
    for verdict in verdicts:
        what = f"{verdict.killer}: {verdict.test} {verdict.how}" if verdict.killer else "no test failed"
        lines.append(f"{verdict.word:10}  {verdict.mutant.name:{width}}  {verdict.seconds:6.1f} s  {what}")
    lines += told("Survivors, each a promise that no test holds:", verdicts, "SURVIVED",
                  lambda mutant: f"{mutant.fault}; {mutant.survives or 'nobody has said why'}")
    lines += told("Equivalent:", verdicts, "equivalent", lambda mutant: mutant.equivalent)
    wrong = [verdict for verdict in verdicts if verdict.killer and verdict.mutant.equivalent]
    lines += [f"{verdict.mutant.name} is called equivalent, and was killed" for verdict in wrong]
    counts = {word: sum(verdict.word == word for verdict in verdicts) for word in ("killed", "SURVIVED", "equivalent")}
    lines.append(f"\n{len(verdicts)} mutants: {counts['killed']} killed, {counts['SURVIVED']} survived, "
                 f"{counts['equivalent']} equivalent; score {score(verdicts):.1f} %")
    return "\n".join(lines)


def told(title, verdicts, word, reason):
    those = [verdict.mutant for verdict in verdicts if verdict.word == word]
    if not those:
        return []
    return ["", title] + [f"  {mutant.name} ({mutant.file}): {reason(mutant)}" for mutant in those]


class Progress:
    """One line on a terminal; nothing where the output goes to a file."""

    def __init__(self):
        self.shown = sys.stderr.isatty()

    def say(self, text):
        if self.shown:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def count(self, verdicts, all_of_them):
        survived = sum(verdict.word == "SURVIVED" for verdict in verdicts)
        self.say(f"mutants  {len(verdicts)} / {all_of_them}  {survived} survived  {verdicts[-1].mutant.name}")

    def end(self):
        self.say("")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (catalogue.CatalogueError, suite.SuiteError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
