"""A future as a promise: one task waits for a result that another one sets three seconds later."""
import asyncio

start = 0.0


def say(text):
    print(f"{asyncio.get_running_loop().time() - start:.1f}s  {text}")


async def keep(promise):
    say("keeper: the result comes in three seconds")
    await asyncio.sleep(3)
    promise.set_result("hello from the past")
    say("keeper: the result is set")


def told(promise):
    say(f"callback: the future is done: {promise.result()!r}")


async def main():
    global start
    loop = asyncio.get_running_loop()
    start = loop.time()
    promise = loop.create_future()
    promise.add_done_callback(told)
    keeper = asyncio.create_task(keep(promise))
    say("main: waiting for the future")
    result = await promise
    say(f"main: got {result!r}")
    await keeper


asyncio.run(main())
