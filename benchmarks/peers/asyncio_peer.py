#!/usr/bin/env python3
"""CPython's asyncio at the work of the benchmarks: nanoseconds an item, as JSON. Time is virtual: a selector that, asked
to wait, moves the clock on."""

import asyncio
import json
import selectors
import statistics
import sys
import time


class VirtualLoop(asyncio.SelectorEventLoop):
    class Selector(selectors.SelectSelector):
        def __init__(self):
            super().__init__()
            self.now = 0.0

        def select(self, timeout=None):
            if timeout:
                self.now += timeout
            return []

    def __init__(self):
        super().__init__(self.Selector())

    def time(self):
        return self._selector.now


def run(main):
    loop = VirtualLoop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.close()


async def yield_often(times):
    for _ in range(times):
        await asyncio.sleep(0)


async def switch():
    await asyncio.gather(*(yield_often(100) for _ in range(1000)))


async def value():
    return 1


async def await_child():
    for _ in range(100_000):
        await value()


async def spawn():
    for _ in range(10_000):
        await asyncio.create_task(value())


async def gather():
    for _ in range(10):
        await asyncio.gather(*(value() for _ in range(1000)))


async def sleepers():
    tasks = [asyncio.create_task(asyncio.sleep((1 + i * 7919 % 100_003) * 1e-9)) for i in range(100_000)]
    for task in tasks:
        await task


async def nest_and_sleep(depth):
    if depth > 1:
        await nest_and_sleep(depth - 1)
    else:
        await asyncio.sleep(3600)


def cancel(depth):
    async def main():
        for _ in range(1000):
            task = asyncio.create_task(nest_and_sleep(depth))
            await asyncio.sleep(0)
            task.cancel()
            while not task.done():
                await asyncio.sleep(0)
    return main


async def echo(there, back, messages):
    for _ in range(messages):
        back.put_nowait(await there.get())


async def ping_pong():
    there, back = asyncio.Queue(), asyncio.Queue()
    there.put_nowait(1)
    await asyncio.gather(echo(there, back, 5000), echo(back, there, 5000))


async def short_run():
    async def worker():
        for _ in range(10):
            await asyncio.sleep(0.001)
    await asyncio.gather(*(worker() for _ in range(10)))


WORK = {
    "switch": (switch, 100_000),
    "await": (await_child, 100_000),
    "spawn": (spawn, 10_000),
    "gather": (gather, 10_000),
    "sleepers": (sleepers, 100_000),
    "cancel/1": (cancel(1), 1000),
    "cancel/4": (cancel(4), 1000),
    "cancel/16": (cancel(16), 1000),
    "message": (ping_pong, 10_000),
    "run": (short_run, 1),
}


def main():
    measured = {}
    for name, (work, items) in WORK.items():
        times = []
        for _ in range(50 if items == 1 else 3):
            start = time.process_time()
            run(work())
            times.append((time.process_time() - start) / items * 1e9)
        measured[name] = statistics.median(times)
    json.dump({"name": f"asyncio, CPython {sys.version.split()[0]}", "nanoseconds": measured}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
