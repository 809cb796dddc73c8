"""A data node as the manual of the original tells to write one, on autobahn-python.

    data_node.py URL REALM SERIALIZER SECRET NAME VARIANT

It joins as `server`, registers get_fields and get_data and adds itself to the hub, once. It knows nothing of hubs that
restart and of features. Its data: COUNT samples a second apart from START on, the same in every variant.

VARIANT  plain   timelines `seconds` and `minutes`, lists of fields, finalized_until a number
         bare    every timeline has one field and names it by a bare string; finalized_until is null
         group   one timeline `group0`; the answer names its fields inside the timeline
         picky   answers false when more than ALLOWED samples are asked for without min_stride
"""

import asyncio
import sys
import time
from typing import Any, Optional

from joining import Session, join
from json_lines import say, serve

BASE = "org.simonsobservatory"
START = 1_700_000_000.0
COUNT = 600
ALLOWED = 200
FIELDS = {
    "ramp": {"description": "seconds since the start", "type": "number", "units": "s", "timeline": "seconds"},
    "mode": {"description": None, "type": "string", "units": None, "timeline": "seconds"},
    "open": {"description": "the dome is open", "type": "bool", "units": None, "timeline": "seconds"},
    "slow": {"description": "every minute", "type": "number", "units": "K", "timeline": "minutes"},
}
VALUE = {
    "ramp": lambda i: i + 0.5,
    "mode": lambda i: f"mode {i // 100}",
    "open": lambda i: i % 3 == 0,
    "slow": lambda i: -float(i),
}
STRIDE = {"seconds": 1, "minutes": 60}


def unix(t: float) -> float:
    """sisock time: positive is absolute, the rest is before now."""
    return t if t > 0 else time.time() + t


class DataNode:
    def __init__(self, variant: str) -> None:
        self.variant = variant

    def timeline_of(self, field: str) -> str:
        if self.variant == "bare":
            return f"t_{field}"
        return "group0" if self.variant == "group" else FIELDS[field]["timeline"]

    def fields(self) -> list[str]:
        # One timeline has one set of times: the slow field stays out of the one group.
        return [f for f in FIELDS if self.variant != "group" or f != "slow"]

    def get_fields(self, start: float, end: float) -> list[Any]:
        say(asked="get_fields", start=start, end=end)
        field = {f: {**FIELDS[f], "timeline": self.timeline_of(f)} for f in self.fields()}
        timeline: dict[str, Any] = {}
        for f in self.fields():
            line = timeline.setdefault(self.timeline_of(f), {"interval": None, "field": []})
            line["interval"] = float(STRIDE[FIELDS[f]["timeline"]])
            line["field"] = f if self.variant == "bare" else line["field"] + [f]
        return [field, timeline]

    def get_data(self, field: list[str], start: float, end: float, min_stride: Optional[float] = None) -> Any:
        say(asked="get_data", field=field, start=start, end=end, min_stride=min_stride)
        start, end = unix(start), unix(end)
        data: dict[str, Any] = {}
        timeline: dict[str, Any] = {}
        for f in field:
            # The manual: an unknown field has an empty array and is no error.
            if f not in self.fields():
                data[f] = []
                continue
            every = STRIDE[FIELDS[f]["timeline"]]
            picked = [i for i in range(0, COUNT, every) if start <= START + i < end]
            if self.variant == "picky" and len(picked) > ALLOWED and min_stride is None:
                return False
            if min_stride is not None:
                picked = thin(picked, min_stride)
            data[f] = [VALUE[f](i) for i in picked]
            if not picked:
                continue
            name = self.timeline_of(f)
            last = None if self.variant == "bare" else START + COUNT
            line = timeline.setdefault(name, {"t": [START + i for i in picked], "finalized_until": last})
            if self.variant == "group":
                line.setdefault("fields", []).append(f)
        return {"data": data, "timeline": timeline}


def thin(picked: list[int], min_stride: float) -> list[int]:
    """At least `min_stride` seconds from one sample to the next."""
    kept: list[int] = []
    for i in picked:
        if not kept or i - kept[-1] >= min_stride:
            kept.append(i)
    return kept


async def main(url: str, realm: str, serializer: str, secret: str, name: str, variant: str) -> None:
    session: Session = await join(url, realm, serializer, "server", secret)
    node = DataNode(variant)
    await session.register(node.get_fields, f"{BASE}.consumer.{name}.get_fields")
    await session.register(node.get_data, f"{BASE}.consumer.{name}.get_data")
    own = session.joined.result().session
    added = await session.call(f"{BASE}.data_node.add", name, f"a Python node, {variant}", own)

    async def handle(command: dict[str, Any]) -> Any:
        if command["do"] == "subtract":
            return await session.call(f"{BASE}.data_node.subtract", name, own)
        raise ValueError(f"unknown command {command['do']}")

    await serve(handle, added=added, session=own)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
