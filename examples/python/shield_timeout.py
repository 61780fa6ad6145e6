"""A timeout that spares the work: wait_for cancels the shield around the task, and the task lives on."""
import asyncio

start = 0.0


def say(text):
    print(f"{asyncio.get_running_loop().time() - start:.1f}s  {text}")


def state(future):
    return "pending" if not future.done() else "cancelled" if future.cancelled() else "finished"


async def work():
    say("task: started, needs two seconds")
    await asyncio.sleep(2)
    say("task: done")
    return 42


async def main():
    global start
    start = asyncio.get_running_loop().time()
    task = asyncio.create_task(work())
    shielded = asyncio.shield(task)
    try:
        await asyncio.wait_for(shielded, timeout=1)
    except asyncio.TimeoutError:
        say("main: gave up waiting after one second")
    say(f"main: the shield is {state(shielded)}, the task is {state(task)}")
    result = await task
    say(f"main: the task is {state(task)}, its result is {result}")


asyncio.run(main())
