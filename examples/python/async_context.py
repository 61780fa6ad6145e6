"""An async context manager: connecting and disconnecting both await, however what happens in between ends."""
import asyncio

# The delays before each client's messages, in seconds: fixed, so that every run prints the same.
ANN = [0.7, 0.4, 1.5, 0.2, 0.9]
BOB = [0.3, 0.6, 0.5, 1.6, 0.5]

start = 0.0


def say(text):
    print(f"{asyncio.get_running_loop().time() - start:.1f}s  {text}")


class Connection:
    def __init__(self, client, delays):
        self.client = client
        self.delays = delays

    async def __aenter__(self):
        await asyncio.sleep(0.1)
        say(f"{self.client} is connected")
        return self

    async def __aexit__(self, error_type, error, traceback):
        cancelled = isinstance(error, asyncio.CancelledError)
        say(f"{self.client} {'was cancelled' if cancelled else 'failed' if error else 'has no more'}")
        await asyncio.sleep(0.3)
        say(f"{self.client} is disconnected")

    async def messages(self):
        for number, delay in enumerate(self.delays, start=1):
            await asyncio.sleep(delay)
            yield f"message {number} from {self.client}"


async def listen(client, delays):
    async with Connection(client, delays) as connection:
        async for message in connection.messages():
            say(message)


async def hang_up(client):
    async with Connection(client, []):
        await asyncio.sleep(0.5)
        raise ValueError("this is not a message")


async def main():
    global start
    start = asyncio.get_running_loop().time()
    await asyncio.gather(listen("ann", ANN), listen("bob", BOB))
    try:
        await hang_up("cat")
    except ValueError as error:
        say(f"main: {error}")
    try:
        await asyncio.wait_for(listen("dan", ANN), timeout=1)
    except asyncio.TimeoutError:
        say("main: dan took too long")


asyncio.run(main())
