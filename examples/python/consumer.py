#!/usr/bin/env python3
"""Lists the data nodes of a site, the fields of each, and the newest samples of one field.

    consumer.py [NODE::FIELD]

It joins the router by wss, verifies it by the site's CA, and signs in as `consumer`. Settings are environment variables,
the same as for every part of sisock:

    CROSSBAR_HOST        name or address of the router, as in its certificate   (default localhost)
    CROSSBAR_TLS_PORT    its port for wss                                       (default 8080)
    CROSSBAR_CA          the site's CA                                          (default .crossbar/ca_cert.pem)
    WAMP_SECRET_FILE     file with the secret of `consumer`                     (default .crossbar/secrets/consumer)
    WAMP_REALM                                                                  (default test_realm)

Needs Python 3.11 or newer and `pip install -r requirements.txt`.
"""

import asyncio
import os
import ssl
import sys
from datetime import datetime, timezone
from pathlib import Path

import txaio
from autobahn.asyncio.component import Component
from autobahn.wamp.exception import ApplicationError

BASE = "org.simonsobservatory.consumer"
ALL_TIME = (1, 0)  # UNIX seconds; 0 and below counts from now


def component() -> Component:
    host = os.environ.get("CROSSBAR_HOST", "localhost")
    port = int(os.environ.get("CROSSBAR_TLS_PORT", "8080"))
    # The CA alone is trusted, and the name is verified: nobody else can pass for the router.
    authority = Path(os.environ.get("CROSSBAR_CA", ".crossbar/ca_cert.pem")).read_text()
    trust = ssl.create_default_context(cadata=authority)
    secret = Path(os.environ.get("WAMP_SECRET_FILE", ".crossbar/secrets/consumer")).read_text().strip()
    return Component(
        realm=os.environ.get("WAMP_REALM", "test_realm"),
        transports=[
            {
                "type": "websocket",
                "url": f"wss://{host}:{port}/ws",
                "endpoint": {"type": "tcp", "host": host, "port": port, "tls": trust},
                "serializers": ["cbor", "json"],
                "max_retries": 0,
            }
        ],
        authentication={"wampcra": {"authid": "consumer", "secret": secret}},
    )


async def newest(session, node: str, field: str) -> None:
    """Prints the last samples of a field."""
    answer = await session.call(f"{BASE}.{node}.get_data", [field], *ALL_TIME)
    if answer is False:
        # More than the node gives at once: the newest hour alone.
        answer = await session.call(f"{BASE}.{node}.get_data", [field], -3600, 0)
    values = answer["data"].get(field, []) if answer else []
    # A field's times are those of its timeline. It is in the answer only where there are samples.
    fields, _ = await session.call(f"{BASE}.{node}.get_fields", *ALL_TIME)
    times = answer["timeline"][fields[field]["timeline"]]["t"] if values else []
    print(f"{node}::{field}: {len(values)} samples")
    for t, value in list(zip(times, values))[-3:]:
        print(f"  {datetime.fromtimestamp(t, timezone.utc).isoformat()}  {value}")


async def ask(session, wanted: str | None) -> None:
    first = None
    for node in await session.call(f"{BASE}.get_data_node"):
        fields, timelines = await session.call(f"{BASE}.{node['name']}.get_fields", *ALL_TIME)
        print(f"{node['name']} ({node['description']}): {len(fields)} fields on {len(timelines)} timelines")
        for name, field in sorted(fields.items()):
            print(f"  {name}  [{field['units'] or field['type']}]")
            first = first or f"{node['name']}::{name}"
    target = wanted or first
    if target:
        await newest(session, *target.split("::", 1))


def main() -> int:
    problems: list[BaseException] = []

    async def joined(session, details) -> None:
        try:
            await ask(session, sys.argv[1] if len(sys.argv) > 1 else None)
        except (ApplicationError, KeyError, ValueError) as problem:
            problems.append(problem)
        session.leave()

    async def run() -> None:
        router = component()
        router.on_join(joined)
        router.on_connectfailure(lambda _, problem: problems.append(problem))
        await router.start()

    txaio.start_logging(level="critical")
    try:
        asyncio.run(run())
    except Exception as problem:  # a file that is missing, a wrong secret; what failed before tells more
        problems.append(problem)
    if problems:
        print(f"consumer.py: {problems[0]}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
