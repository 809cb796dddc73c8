"""so3g's view of a directory of HK files, and a file that comes late.

    hk_archive.py

Command `data` (directory, field, start, end) gives {t, v} of HKArchive.get_data over every file of the tree in the order
of their names. Command `write` (path, feed, block, field, start, step, values) writes a file of one data frame with
so3g's own session helper.
"""

import asyncio
import glob
import os
from typing import Any

from json_lines import serve
from so3g import hk
from spt3g import core

from wire_values import show


def read(directory: str, field: str, start: float, end: float) -> dict[str, Any]:
    scanner = hk.HKArchiveScanner()
    for path in sorted(glob.glob(f"{directory}/*/*.g3")):
        scanner.process_file(path)
    data, timelines = scanner.finalize().get_data([field], start=start, end=end)
    if field not in data:
        return {"t": [], "v": []}
    [times] = [line["t"] for line in timelines.values() if field in line["fields"]]
    return {"t": times.tolist(), "v": show(data[field].tolist())}


def write(path: str, feed: str, block: str, field: str, start: float, step: float, values: list[float]) -> None:
    session = hk.HKSessionHelper(start_time=start, hkagg_version=2, description="late")
    provider = session.add_provider(feed)
    samples = core.G3TimesampleMap()
    samples.times = core.G3VectorTime([core.G3Time((start + step * i) * core.G3Units.s) for i in range(len(values))])
    samples[field] = core.G3VectorDouble(values)
    frame = session.data_frame(provider, timestamp=start)
    frame["blocks"].append(samples)
    frame["block_names"].append(block)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    writer = core.G3Writer(filename=path + ".part")
    for one in (session.session_frame(), session.status_frame(timestamp=start), frame):
        writer.Process(one)
    del writer
    os.rename(path + ".part", path)


async def main() -> None:
    async def handle(command: dict[str, Any]) -> Any:
        arguments = {key: value for key, value in command.items() if key not in ("id", "do")}
        return {"data": read, "write": write}[command["do"]](**arguments)

    await serve(handle)


if __name__ == "__main__":
    asyncio.run(main())
