"""An agent of the older sort: names with blanks and other characters, values of every type in one block.

    mixed_agent.py URL REALM INSTANCE_ID FRAME_LENGTH

Agents of today refuse such names before they publish, so this one speaks OCS's message itself; the aggregator still
takes it. It publishes two samples twice a second, joins again when the router comes back, and publishes nothing meanwhile.
"""

import asyncio
import sys
import time
from typing import Any

from joining import join
from json_lines import say, serve

PERIOD_S = 0.5
FEED = "readings"


def block(first: int) -> dict[str, Any]:
    times = [time.time() - PERIOD_S / 2, time.time()]
    numbers = [first, first + 1]
    return {
        "block_name": "All channels",
        "timestamps": times,
        "data": {
            "Channel 01": [n / 8 for n in numbers],
            "Channel 02": [n * 3_000_000_000 for n in numbers],
            "Valve open?": [n % 7 < 3 for n in numbers],
            "1st state": [f"state {n % 3}" for n in numbers],
        },
    }


async def publish(url: str, realm: str, instance: str, frame_length: float) -> None:
    agent = f"observatory.{instance}"
    feed = {
        "agent_address": agent,
        "agg_params": {"frame_length": frame_length},
        "feed_name": FEED,
        "address": f"{agent}.feeds.{FEED}",
        "record": True,
        "session_id": str(time.time()),
        "agent_class": "OlderAgent",
    }
    first = 0
    while True:
        try:
            session = await join(url, realm, "cbor")
            while not session.closed.done():
                message = {"All channels": block(first)}
                session.publish(feed["address"], (message, feed))
                first += 2
                await asyncio.sleep(PERIOD_S)
        except Exception as problem:
            say(retry=str(problem))
        await asyncio.sleep(PERIOD_S)


async def main(url: str, realm: str, instance: str, frame_length: str) -> None:
    publishing = asyncio.get_running_loop().create_task(publish(url, realm, instance, float(frame_length)))

    async def handle(command: dict[str, Any]) -> Any:
        raise ValueError(f"unknown command {command['do']}")

    await serve(handle)
    publishing.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
