"""The line protocol of every script here: one JSON object a line.

In:  {"id": 1, "do": "name", ...}
Out: {"answer": 1, "result": ...} or {"answer": 1, "error": {...}}; anything without "answer" is an event of its own.
The script ends when its standard input does.
"""

import asyncio
import json
import sys
from typing import Any, Awaitable, Callable

from autobahn.wamp.exception import ApplicationError

from wire_values import show


def say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def describe(problem: BaseException) -> dict[str, Any]:
    """An error as the test sees it; WAMP errors keep URI, args and kwargs."""
    if isinstance(problem, ApplicationError):
        return {
            "uri": problem.error,
            "args": show(problem.args),
            "kwargs": show(problem.kwargs),
            "message": problem.error_message(),
        }
    return {"kind": type(problem).__name__, "message": str(problem)}


async def serve(handle: Callable[[dict[str, Any]], Awaitable[Any]], **ready: Any) -> None:
    """Announces itself, then runs every command as a task of its own until the input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks: set[asyncio.Task[None]] = set()
    say(ready=ready or True)
    while line := await reader.readline():
        task = loop.create_task(answer(handle, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def answer(handle: Callable[[dict[str, Any]], Awaitable[Any]], command: dict[str, Any]) -> None:
    try:
        say(answer=command["id"], result=await handle(command))
    except asyncio.CancelledError:
        say(answer=command["id"], error={"kind": "CancelledError", "message": "cancelled"})
    except Exception as problem:
        say(answer=command["id"], error=describe(problem))
