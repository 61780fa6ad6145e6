"""An async iterator: it gives one item at a time, and awaits in between. Two of them run interleaved."""
import asyncio

# The delays before each client's messages, in seconds: fixed, so that every run prints the same.
ANN = [0.7, 0.4, 1.5, 0.2, 0.9]
BOB = [0.3, 0.6, 0.5, 1.6, 0.5]

start = 0.0


def say(text):
    print(f"{asyncio.get_running_loop().time() - start:.1f}s  {text}")


async def messages(client, delays):
    for number, delay in enumerate(delays, start=1):
        await asyncio.sleep(delay)
        yield f"message {number} from {client}"


async def listen(client, delays):
    count = 0
    async for message in messages(client, delays):
        say(message)
        count += 1
    say(f"{client} has no more")
    return count


async def main():
    global start
    start = asyncio.get_running_loop().time()
    ann, bob = await asyncio.gather(listen("ann", ANN), listen("bob", BOB))
    say(f"{ann + bob} messages in all")


asyncio.run(main())
