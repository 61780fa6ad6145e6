"""Runs an asyncio script in virtual time: no sleep takes any real time.

    python3 virtual_time.py gather_three.py

The script is unchanged, and calls asyncio.run() as always. Where nothing is ready, its loop does not wait for the next
timer but moves its clock to it. The files in ../expected are made like this. Needs Python 3.11.
"""
import asyncio
import runpy
import selectors
import sys


class JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: moves the clock on instead."""

    now = 0.0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("deadlock: nothing is ready and no timer is pending")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop, with the clock of its selector."""

    def __init__(self):
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.now


def run(main):
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


if __name__ == "__main__":
    asyncio.run = run
    runpy.run_path(sys.argv[1], run_name="__main__")
