"""A consumer as the manual of the original tells to write one, on autobahn-python.

    consumer.py URL REALM SERIALIZER SECRET [CA]

It joins as `consumer`, prints what the hub publishes ({"added": ...}, {"subtracted": ...}) and does what it is told:
`nodes`, `fields`, `data`, the arguments given by position or by keyword.
"""

import asyncio
import sys
from typing import Any, Optional

from joining import join
from json_lines import say, serve
from wire_values import show, take

BASE = "org.simonsobservatory"


async def main(url: str, realm: str, serializer: str, secret: str, ca: Optional[str] = None) -> None:
    session = await join(url, realm, serializer, "consumer", secret, ca=ca)
    await session.subscribe(lambda node: say(added=show(node)), f"{BASE}.consumer.data_node_added")
    await session.subscribe(lambda node: say(subtracted=show(node)), f"{BASE}.consumer.data_node_subtracted")

    async def handle(command: dict[str, Any]) -> Any:
        what = command["do"]
        if what == "nodes":
            return show(await session.call(f"{BASE}.consumer.get_data_node"))
        procedure = {"fields": "get_fields", "data": "get_data"}[what]
        uri = f"{BASE}.consumer.{command['node']}.{procedure}"
        return show(await session.call(uri, *take(command.get("args", [])), **take(command.get("kwargs", {}))))

    await serve(handle, serializer=serializer)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
