"""A consumer as the manual of the original tells to write one, on autobahn-python.

    consumer.py URL REALM SERIALIZER SECRET [CA]

It joins as `consumer`, prints what the hub publishes ({"added": ...}, {"subtracted": ...}) and does what it is told:
`nodes`, `fields`, `data`, the arguments given by position or by keyword; `follow` listens to a live topic and prints
what comes of it ({"live": [[time, value], ...]}).
"""

import asyncio
import struct
import sys
from typing import Any, Optional

from joining import join
from json_lines import say, serve
from wire_values import show, take

BASE = "org.simonsobservatory"


def samples(item: dict[str, Any], field: str) -> list[list[float]]:
    """Times and values of a number field: lists in JSON, little-endian doubles else."""
    rows = []
    for batch in item.get("batches", []):
        for name, kind, values in batch["columns"]:
            if name == field:
                assert kind == "f64", kind
                rows += [list(row) for row in zip(doubles(batch["t"]), doubles(values))]
    return rows


def doubles(values: Any) -> list[float]:
    return [x for (x,) in struct.iter_unpack("<d", values)] if isinstance(values, bytes) else values


async def main(url: str, realm: str, serializer: str, secret: str, ca: Optional[str] = None) -> None:
    session = await join(url, realm, serializer, "consumer", secret, ca=ca)
    await session.subscribe(lambda node: say(added=show(node)), f"{BASE}.consumer.data_node_added")
    await session.subscribe(lambda node: say(subtracted=show(node)), f"{BASE}.consumer.data_node_subtracted")

    async def follow(node: str, timeline: str, field: str) -> Any:
        """Lease, subscription, then what came between the two: after that the events go on without a hole."""
        uri = f"{BASE}.consumer.{node}.follow"
        request = {"timeline": timeline, "encoding": "json" if serializer == "json" else "binary"}
        early: list[Any] = []
        state: dict[str, Any] = {"cursor": None, "next": None}

        def tell(items: list[Any]) -> None:
            rows = [row for item in items for row in samples(item, field)]
            if rows:
                say(live=rows)

        def heard(event: dict[str, Any]) -> None:
            if state["next"] is None:
                early.append(event)
            elif event["seq"] >= state["next"]:
                if event["seq"] > state["next"] or event.get("lost"):
                    say(broken=event["seq"])
                cursors = [item.get("cursor") for item in event["items"]]
                begin = cursors.index(state["cursor"]) + 1 if state["cursor"] in cursors else 0
                if begin == 0 and event["before"] != state["cursor"]:
                    say(broken=event["seq"])
                tell(event["items"][begin:])
                state.update(cursor=cursors[-1], next=event["seq"] + 1)

        lease = await session.call(uri, request)
        await session.subscribe(heard, lease["topic"])
        state["cursor"] = lease["cursor"]
        while True:
            answer = await session.call(uri, {**request, "lease": lease["lease"], "after": state["cursor"]})
            tell(answer["items"])
            state["cursor"] = answer["cursor"]
            if answer["next"] is not None:
                break
        state["next"] = answer["next"]
        for event in early:
            heard(event)
        return lease["topic"]

    async def handle(command: dict[str, Any]) -> Any:
        what = command["do"]
        if what == "nodes":
            return show(await session.call(f"{BASE}.consumer.get_data_node"))
        if what == "follow":
            return await follow(command["node"], command["timeline"], command["field"])
        procedure = {"fields": "get_fields", "data": "get_data"}[what]
        uri = f"{BASE}.consumer.{command['node']}.{procedure}"
        return show(await session.call(uri, *take(command.get("args", [])), **take(command.get("kwargs", {}))))

    await serve(handle, serializer=serializer)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
