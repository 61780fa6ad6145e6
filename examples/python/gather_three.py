"""Three tasks of three steps each, joined by gather: 10 seconds for 18 seconds of work."""
import asyncio

# How many seconds each step takes: fixed, so that every run prints the same.
ONE = [1.0, 3.0, 1.0]
TWO = [1.5, 0.5, 1.0]
THREE = [2.5, 4.0, 3.5]

start = 0.0


def say(text):
    print(f"{asyncio.get_running_loop().time() - start:4.1f}s  {text}")


async def work(name, steps):
    for number, seconds in enumerate(steps, start=1):
        say(f"task {name}: step {number} takes {seconds:.1f}s")
        await asyncio.sleep(seconds)
    say(f"task {name}: done")
    return sum(steps)


async def main():
    global start
    start = asyncio.get_running_loop().time()
    one, two, three = await asyncio.gather(work("one", ONE), work("two", TWO), work("three", THREE))
    say(f"{one:.1f}s + {two:.1f}s + {three:.1f}s = {one + two + three:.1f}s of work")


asyncio.run(main())
