"""The tests that are to kill the mutants: how they are built, and how one of them is run."""
import dataclasses
import os
import pathlib
import re
import resource
import signal
import shutil
import subprocess
import time

import catalogue

MOST_MEMORY = 8 << 30  # a mutant may fill a queue for ever
NOT_RUN = "*RealTime*"  # on a busy machine these may fail with any mutant


class SuiteError(Exception):
    """The suite cannot be used; the text says why."""


@dataclasses.dataclass(frozen=True)
class Test:
    """One test program. Those that are likely to kill, and quick, stand first."""

    name: str
    path: str  # below the build directory
    modules: tuple  # it depends on

    @property
    def is_gtest(self):
        return self.name != "conformance"


_BOTH = ("runtime", "sim")
TESTS = (
    Test("runtime_tests", "runtime/runtime_tests", ("runtime",)),
    Test("cpython_tests", "runtime/cpython_tests", ("runtime",)),
    Test("conformance", "property_tests/asyncio_conformance", ("runtime",)),
    Test("sim_tests", "sim/sim_tests", _BOTH),
    Test("monitors_tests", "sim/monitors_tests", _BOTH),
    Test("shrink_tests", "sim/shrink_tests", _BOTH),
    Test("rapidcheck_tests", "sim/rapidcheck_tests", _BOTH),
    Test("order_audit_tests", "sim/order_audit_tests", _BOTH),
    Test("gtest_tests", "sim/gtest_tests", _BOTH),
    Test("kernels_test", "benchmarks/kernels/kernels_test", _BOTH),
    Test("laws", "property_tests/laws", _BOTH),
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one test program ended."""

    failed: bool
    seconds: float
    culprit: str = ""  # the test in it that failed first
    how: str = ""  # "failed", "crashed", "hung"


class Suite:
    """A build of the source tree with all mutants in it. Everything lies below `directory`."""

    def __init__(self, root, directory):
        self.root = root
        self.source = directory / "source"
        self.build_directory = directory / "build"
        self.header = directory / "choice.hpp"
        self.log = directory / "build.log"
        self.scratch = directory / "run"
        self.seconds = {}  # of each test without a mutant

    def make_source(self, mutants):
        """Copies what git knows, with the mutants in it. Files that stay the same keep their time."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=self.root, capture_output=True)
        if listed.returncode != 0:
            raise SuiteError(f"{self.root}: git does not know its files")
        names = [name for name in os.fsdecode(listed.stdout).split("\0") if (self.root / name).is_file()]
        for name in names:
            here = [mutant for mutant in mutants if mutant.file == name]
            content = (self.root / name).read_bytes()
            if here:
                content = catalogue.apply(content.decode(), here).encode()
            _write_if_changed(self.source / name, content)
            shutil.copymode(self.root / name, self.source / name)
        _write_if_changed(self.header, catalogue.CHOICE_HEADER.encode())
        for path in [path for path in self.source.rglob("*") if path.is_file()]:
            if str(path.relative_to(self.source)) not in set(names):
                path.unlink()

    def build(self, jobs):
        launcher = shutil.which("ccache")
        configure = ["cmake", "-S", self.source, "-B", self.build_directory, "-G", "Ninja",
                     "-DCMAKE_BUILD_TYPE=", "-DCMAKE_CXX_COMPILER=g++",
                     f"-DCMAKE_CXX_FLAGS=-O1 -w -include {self.header}",
                     f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher or ''}",
                     "-DCOROSIM_BUILD_TOOLS=OFF", "-DCOROSIM_BUILD_EXAMPLES=OFF"]
        targets = [pathlib.Path(test.path).name for test in TESTS]
        build = ["cmake", "--build", self.build_directory, "--parallel", str(jobs), "--target", *targets]
        with open(self.log, "w") as log:
            for command in (configure, build):
                if subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode != 0:
                    raise SuiteError(f"the mutants do not build: see {self.log}")

    def require_passing(self):
        """Without a mutant every test has to pass; how long it takes says when a mutant hangs."""
        for test in TESTS:
            outcome = self.run(test, 0)
            if outcome.failed:
                raise SuiteError(f"{test.name}: {outcome.culprit} {outcome.how} without a mutant")
            self.seconds[test.name] = outcome.seconds

    def run(self, test, number, only=None):
        """Runs a test program with the mutant of that number, up to its first failure; or only one of its tests."""
        command = [self.build_directory / test.path]
        if test.is_gtest:
            command += ["--gtest_fail_fast", f"--gtest_filter={only or '*'}-{NOT_RUN}"]
        else:
            command += sorted((self.source / "property_tests/asyncio_corpus").glob("*.jsonl"))
        self.scratch.mkdir(exist_ok=True)
        limit = 20 + 10 * self.seconds[test.name] if test.name in self.seconds else 1200
        environment = dict(os.environ, COROSIM_MUTANT=str(number))
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.scratch,
                                   env=environment, start_new_session=True, preexec_fn=_limit_resources)
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return Outcome(True, limit, _running(output), "hung")
        seconds = time.monotonic() - started
        if process.returncode == 0:
            return Outcome(False, seconds)
        if process.returncode < 0:
            return Outcome(True, seconds, _running(output), "crashed")
        return Outcome(True, seconds, _failed(output) or _running(output), "failed")


def tests_for(mutant):
    module = mutant.file.split("/", 1)[0]
    return [test for test in TESTS if module in test.modules]


def _write_if_changed(path, content):
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _limit_resources():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _running(output):
    """The last test that began."""
    begun = re.findall(rb"\[ RUN      \] (\S+)", output)
    return begun[-1].decode() if begun else "conformance"


def _failed(output):
    """The first test that failed."""
    found = re.search(rb"\[  FAILED  \] ([^\s,]+)", output) or re.search(rb"^(\S+): line \d+: expected", output, re.M)
    return found[1].decode(errors="replace") if found else ""
