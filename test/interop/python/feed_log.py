"""Keeps every sample of a site's feeds: what our data-feed is compared with. It shares no code with it.

    feed_log.py URL REALM SERIALIZER ROOT

It joins anonymously, subscribes to the wildcard `ROOT..feeds.` and joins again when the router comes back. Command
`samples` gives [[feed address, block name, field, time, value, time of arrival], ...] in the order of arrival.
"""

import asyncio
import sys
import time
from typing import Any

from autobahn.wamp.types import SubscribeOptions

from joining import join
from json_lines import say, serve
from wire_values import show

RETRY_S = 0.1


class FeedLog:
    def __init__(self) -> None:
        self.samples: list[list[Any]] = []

    def on_event(self, event: Any) -> None:
        message, feed = event
        if not feed.get("record"):
            return
        now = time.time()
        for block in message.values():
            for field, values in block["data"].items():
                for t, value in zip(block["timestamps"], values, strict=True):
                    self.samples.append([feed["address"], block["block_name"], field, t, show(value), now])

    async def listen(self, url: str, realm: str, serializer: str, root: str) -> None:
        while True:
            try:
                session = await join(url, realm, serializer)
                await session.subscribe(self.on_event, f"{root}..feeds.", SubscribeOptions(match="wildcard"))
                say(subscribed=time.time())
                await session.closed
                say(lost=time.time())
            except Exception as problem:
                say(retry=str(problem))
            await asyncio.sleep(RETRY_S)


async def main(url: str, realm: str, serializer: str, root: str) -> None:
    log = FeedLog()
    listening = asyncio.get_running_loop().create_task(log.listen(url, realm, serializer, root))

    async def handle(command: dict[str, Any]) -> Any:
        if command["do"] == "samples":
            return log.samples
        raise ValueError(f"unknown command {command['do']}")

    await serve(handle)
    listening.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
