"""so3g's view of single g3 files, and files written by so3g's own session helper as OCS's aggregator uses it.

    g3_files.py

Command `frames` (path) gives the blocks of every data frame, values as they stand there: numbers as hexadecimal bytes
(little-endian f64, i64; bools u8), strings as lists. Command `archive` (paths) gives what HKArchive.get_data says of every
field, {field: {t, v}}, in the form of `sisock g3 cat --json`. Command `write` (path, providers, frames) writes a file.
"""

import asyncio
import math
from typing import Any

import numpy as np
from json_lines import serve
from ocs.agents.aggregator.drivers import g3_cast
from so3g import hk
from spt3g import core

from wire_values import take

FORMS = {
    core.G3VectorDouble: ("f64", "<f8"),
    core.G3VectorInt: ("i64", "<i8"),
    core.G3VectorBool: ("bool", "u1"),
}


def exact(vector: Any) -> list[Any]:
    if isinstance(vector, core.G3VectorString):
        return ["str", list(vector)]
    kind, dtype = FORMS[type(vector)]
    return [kind, np.array(list(vector), dtype=dtype).tobytes().hex()]


def frames(path: str) -> list[Any]:
    told = []
    for frame in core.G3File(path):
        told.append({
            "type": int(frame["hkagg_type"]),
            "session": str(frame["session_id"]),
            "provider": str(frame["prov_id"]) if "prov_id" in frame else None,
            "providers": [[str(p["prov_id"].value), p["description"].value] for p in frame.get("providers", [])],
            "address": frame.get("address"),
            "blocks": [
                {
                    "name": name,
                    "ticks": np.array([t.time for t in block.times], dtype="<i8").tobytes().hex(),
                    "columns": {key: exact(block[key]) for key in block.keys()},
                }
                for name, block in zip(frame.get("block_names", []), frame.get("blocks", []))
            ],
        })
    return told


def plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def archive(paths: list[str]) -> dict[str, Any]:
    scanner = hk.HKArchiveScanner()
    for path in paths:
        scanner.process_file(path)
    whole = scanner.finalize()
    fields, _ = whole.get_fields()
    told = {}
    for field in fields:
        data, timelines = whole.get_data([field])
        [line] = timelines.values()
        told[field] = {"t": line["t"].tolist(), "v": [plain(v) for v in data[field].tolist()]}
    return told


def write(path: str, providers: list[str], frames: list[Any]) -> None:
    """`frames` are [provider, block, [times], {field: [values]}]."""
    session = hk.HKSessionHelper(start_time=1.6e9, hkagg_version=2, description="written by so3g")
    ids = [session.add_provider(description) for description in providers]
    writer = core.G3Writer(filename=path)
    writer.Process(session.session_frame())
    writer.Process(session.status_frame(timestamp=1.6e9))
    for provider, name, times, data in frames:
        block = core.G3TimesampleMap()
        block.times = g3_cast(times, time=True)
        for field, values in data.items():
            block[field] = g3_cast(take(values))
        frame = session.data_frame(ids[provider], timestamp=1.6e9)
        frame["address"] = providers[provider]
        frame["provider_session_id"] = "1"
        frame["blocks"].append(block)
        frame["block_names"].append(name)
        writer.Process(frame)
    del writer


async def main() -> None:
    async def handle(command: dict[str, Any]) -> Any:
        arguments = {key: value for key, value in command.items() if key not in ("id", "do")}
        return {"frames": frames, "archive": archive, "write": write}[command["do"]](**arguments)

    await serve(handle)


if __name__ == "__main__":
    asyncio.run(main())
