#!/usr/bin/env python3
"""Runs the benchmarks and the peers that this machine has, and writes what came out into docs/performance.md.

    benchmarks/report.py build/release [--filter REGEX] [--repetitions 5]

All is measured in one run, repetitions interleaved, and read as medians of processor time: a machine that does other
work shifts floors and benchmarks alike, so the ratios hold where the nanoseconds do not. Each benchmark has a process of
its own each time: after others it would find the pool's memory in disorder, which no program under test does.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import platform
import random
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Measured:
    """Medians by benchmark: nanoseconds an item, and counters."""

    def __init__(self, results):
        self.items, self.counters = {}, {}
        for full_name, runs in results.items():
            name = re.sub(r"/(real_time|manual_time|iterations:\d+)", "", full_name)
            numbers = [key for key, value in runs[0].items() if isinstance(value, (int, float))]
            self.counters[name] = {key: statistics.median(run[key] for run in runs) for key in numbers}
            self.items[name] = 1e9 / self.counters[name]["items_per_second"]

    def ns(self, name):
        return self.items.get(name)

    def counter(self, name, key):
        return self.counters.get(name, {}).get(key)


def run_benchmarks(build, pattern, repetitions):
    def run(*arguments):
        ended = subprocess.run([build / "benchmarks" / "corosim_benchmarks", *arguments], capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(f"the benchmarks failed:\n{ended.stderr}")
        return ended.stdout

    names = run("--benchmark_list_tests", f"--benchmark_filter={pattern}").split()
    results = collections.defaultdict(list)
    for _ in range(repetitions):
        for name in random.sample(names, len(names)):
            printed = run("--benchmark_format=json", "--benchmark_min_time=0.05", f"--benchmark_filter=^{name}$")
            results[name] += json.loads(printed)["benchmarks"]
    return Measured(results)


def run_peers(build):
    peers = []
    commands = [[sys.executable, str(HERE / "peers" / "asyncio_peer.py")]]
    if (build / "benchmarks" / "asio_peer").exists():
        commands.append([str(build / "benchmarks" / "asio_peer")])
    for command in commands:
        peers.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    return peers


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores of {cpu[1] if cpu else platform.machine()}, {platform.system()}"


def compiler(build):
    cache = dict(re.findall(r"^(\w+):\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.MULTILINE))
    version = subprocess.run([cache["CMAKE_CXX_COMPILER"], "--version"], capture_output=True, text=True, check=True)
    kind = cache["CMAKE_BUILD_TYPE"]
    flags = cache.get(f"CMAKE_CXX_FLAGS_{kind.upper()}", "")
    return f"{version.stdout.splitlines()[0]}, {kind} ({flags})"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


# Title, benchmark, floor, the most that the ratio may be.
RATIOS = [
    ("task switch, 1,000 ready, fifo", "switch_fifo/0", "floor_switch", 2.5),
    ("the same in a simulation, random", "simulated_switch/random", "floor_switch", 3),
    ("pct, 1,000 ready", "decision/pct/1000/0", "floor_switch", 5),
    ("pos, 1,000 ready", "decision/pos/1000/0", "floor_switch", 8),
    ("surw, 1,000 ready", "decision/surw/1000/0", "floor_switch", 12),
    ("10,000 idle tasks, against none", "switch_fifo/10000", "switch_fifo/0", 1.1),
    ("await a child", "await_child", "floor_spawn", 2.5),
    ("spawn and await", "spawn_and_await", "floor_switch", 6),
    ("gather of 1,000, a task", "gather_of_1000", "floor_switch", 6),
    ("10^6 sleepers, each", "sleepers", "floor_timers", 600 / 102),
    ("cancel and observe, depth 1", "cancel_at_depth/1", "floor_throw/1", 1.15),
    ("depth 4", "cancel_at_depth/4", "floor_throw/4", 1.15),
    ("depth 16", "cancel_at_depth/16", "floor_throw/16", 1.15),
    ("queue ping-pong, a message", "queue_ping_pong", "floor_switch", 4),
    ("a switch whose last steps are kept, against one hashed", "simulated_switch/random_last_steps",
     "simulated_switch/random", 1.3),
    ("a recorded switch, against one hashed", "simulated_switch/random_recorded", "simulated_switch/random", 2),
]

# Title, benchmark, what is read, unit, target, whether it is a least or a most.
FIGURES = [
    ("runs a second, strategy random", "runs/random", "rate", "", 100_000, "least"),
    ("a used simulator is ready again", "reset", "ns", "ns", 1000, "most"),
    ("cancel a task that has not started", "cancel_not_started", "ns", "ns", 100, "most"),
    ("cancel a sleep_outcome", "cancel_as_outcome", "ns", "ns", 100, "most"),
    ("memory of a sleeper", "sleepers", "bytes_each", "B", 300, "most"),
    ("a recorded step, 10 ready", "simulated_switch/random_recorded_10", "bytes_per_step", "B", 3, "most"),
    ("a recorded step, 1,000 ready", "simulated_switch/random_recorded", "bytes_per_step", "B", 3, "most"),
    ("events shown a second", "show_events", "rate", "", 5_000_000, "least"),
    ("events of two equal traces diffed a second", "diff_events/seed:1", "rate", "", 5_000_000, "least"),
    ("events of two different traces diffed a second", "diff_events/seed:2", "rate", "", 5_000_000, "least"),
    ("allocations of a switch", "switch_fifo/0", "allocations", "", 0.01, "most"),
    ("allocations of a timer that fires", "timers_fire", "allocations", "", 0.01, "most"),
    ("allocations of a lock hand-over", "lock_hand_over", "allocations", "", 0.01, "most"),
    ("allocations of a message", "queue_ping_pong", "allocations", "", 0.01, "most"),
]

# Of peers: their word, ours.
SAME_WORK = {
    "switch": "switch_fifo/0", "await": "await_child", "spawn": "spawn_and_await", "gather": "gather_of_1000",
    "sleepers": "sleepers", "cancel/1": "cancel_at_depth/1", "cancel/4": "cancel_at_depth/4",
    "cancel/16": "cancel_at_depth/16", "message": "queue_ping_pong", "run": "runs/random",
}


def verdict(holds):
    return "holds" if holds else "**misses**"


def ratio_table(measured):
    lines = ["| work | ns | floor, ns | ratio | target | |", "|---|---|---|---|---|---|"]
    for title, name, floor, most in RATIOS:
        ours, theirs = measured.ns(name), measured.ns(floor)
        if ours is None or theirs is None:
            continue
        lines.append(f"| {title} | {number(ours)} | {number(theirs)} | {ours / theirs:.2f} | {most:.3g} | "
                     f"{verdict(ours <= theirs * most)} |")
    return lines


def figure_table(measured):
    lines = ["| figure | measured | target | |", "|---|---|---|---|"]
    for title, name, what, unit, target, bound in FIGURES:
        if measured.ns(name) is None:
            continue
        value = {"ns": measured.ns(name), "rate": 1e9 / measured.ns(name)}.get(what, measured.counter(name, what))
        if value is None:
            continue
        holds = value >= target if bound == "least" else value <= target
        shown_target = "none" if what == "allocations" else f"{number(target)} {unit}".strip()
        lines.append(f"| {title} | {number(value)} {unit} | at {bound} {shown_target} | {verdict(holds)} |"
                     .replace("at most none", "none"))
    one, two = measured.ns("explore_jobs/1"), measured.ns("explore_jobs/2")
    if one and two:
        lines.append(f"| exploration on two cores, against one | {one / two:.2f} x | at least 1.8 x | "
                     f"{verdict(one / two >= 1.8)} |")
    return lines


def strategy_table(measured):
    names = sorted({name.split("/")[1] for name in measured.items if name.startswith("strategy_runs/")},
                   key=lambda name: measured.ns(f"strategy_runs/{name}"))
    columns = ["2/0", "10/0", "1000/0", "10/10000", "10000/0"]
    lines = ["| strategy | runs a second | 2 ready | 10 | 1,000 | 10 and 10,000 idle | 10,000 |",
             "|---|---|---|---|---|---|---|"]
    for name in names:
        cells = [measured.ns(f"decision/{name}/{column}") for column in columns]
        shown = " | ".join(number(cell) if cell else "" for cell in cells)
        lines.append(f"| {name} | {number(1e9 / measured.ns(f'strategy_runs/{name}'))} | {shown} |")
    return lines


def peer_table(measured, peers):
    lines = ["| work | corosim | " + " | ".join(peer["name"] for peer in peers) + " |",
             "|---|---|" + "---|" * len(peers)]
    for work, name in SAME_WORK.items():
        ours = measured.ns(name)
        if ours is None:
            continue
        cells = []
        for peer in peers:
            theirs = peer["nanoseconds"].get(work)
            cells.append(f"{number(theirs)} ns, {theirs / ours:.3g} x" if theirs else "")
        lines.append(f"| {work} | {number(ours)} ns | " + " | ".join(cells) + " |")
    return lines


def page(build, measured, peers):
    lines = [f"Measured on {datetime.date.today()}: {machine()}; {compiler(build)}.", "", *ratio_table(measured), "",
             *figure_table(measured), "", "Each strategy: short runs, and nanoseconds for a decision with its switch.",
             "", *strategy_table(measured), "", "Peers at the same work:", "", *peer_table(measured, peers)]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="the build folder, of the release preset")
    parser.add_argument("--filter", default=".", help="run these benchmarks only, and write nothing")
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    measured = run_benchmarks(arguments.build, arguments.filter, arguments.repetitions)
    text = page(arguments.build, measured, run_peers(arguments.build))
    if arguments.filter != ".":
        print(text)
        return
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    print(f"{PAGE.relative_to(HERE.parent)} is written")


if __name__ == "__main__":
    main()
