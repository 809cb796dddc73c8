"""A WAMP peer that does what a test tells it, with autobahn-python. Commands: the methods `do_*`."""

import asyncio
from typing import Any

from autobahn.wamp import message
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions, CallResult, PublishOptions, RegisterOptions, SubscribeOptions

from joining import Session, join
from json_lines import say, serve
from wire_values import show, take


class Driver:
    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.subscriptions: dict[str, Any] = {}
        self.registrations: dict[str, Any] = {}
        self.requests: dict[str, tuple[Session, int]] = {}

    async def handle(self, command: dict[str, Any]) -> Any:
        return await getattr(self, "do_" + command["do"])(command)

    async def do_join(self, c: dict[str, Any]) -> Any:
        session = await join(
            c["url"], c["realm"], c["serializer"], c.get("authid"), c.get("secret"), ca=c.get("ca")
        )
        self.sessions[c["session"]] = session
        session.left.add_done_callback(lambda f: say(left=c["session"], reason=f.result().reason))
        session.closed.add_done_callback(lambda _: say(closed=c["session"]))
        d = session.joined.result()
        roles = {name: sorted(vars_of(role)) for name, role in session.router_roles.items()}
        return {
            "id": d.session,
            "realm": d.realm,
            "authid": d.authid,
            "authrole": d.authrole,
            "authmethod": d.authmethod,
            "roles": roles,
        }

    async def do_leave(self, c: dict[str, Any]) -> Any:
        session = self.sessions[c["session"]]
        session.leave()
        details = await session.left
        await session.closed
        return {"reason": details.reason}

    async def do_drop(self, c: dict[str, Any]) -> Any:
        """Goes without a GOODBYE."""
        session = self.sessions[c["session"]]
        session._transport.abort()
        await session.closed

    async def do_subscribe(self, c: dict[str, Any]) -> Any:
        def on_event(*args: Any, details: Any, **kwargs: Any) -> None:
            say(
                event=c["key"],
                args=show(args),
                kwargs=show(kwargs),
                topic=details.topic,
                publication=details.publication,
                publisher=details.publisher,
            )

        options = SubscribeOptions(match=c.get("match"), details_arg="details")
        subscription = await self.sessions[c["session"]].subscribe(on_event, c["topic"], options)
        self.subscriptions[c["key"]] = subscription
        return {"id": subscription.id}

    async def do_unsubscribe(self, c: dict[str, Any]) -> Any:
        await self.subscriptions.pop(c["key"]).unsubscribe()

    async def do_publish(self, c: dict[str, Any]) -> Any:
        options = PublishOptions(**c.get("options", {}))
        done = self.sessions[c["session"]].publish(c["topic"], *take(c["args"]), options=options, **take(c["kwargs"]))
        if done is None:
            return None
        return {"publication": (await done).id}

    async def do_register(self, c: dict[str, Any]) -> Any:
        behave = BEHAVIOURS[c["behaviour"]["does"]]
        count = 0

        async def procedure(*args: Any, details: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            say(
                invoked=c["key"],
                args=show(args),
                kwargs=show(kwargs),
                procedure=details.procedure,
                caller=details.caller,
                progressive=details.progress is not None,
            )
            try:
                return await behave(c["behaviour"], args, kwargs, details, count)
            except asyncio.CancelledError:
                say(interrupted=c["key"])
                raise

        options = RegisterOptions(match=c.get("match"), invoke=c.get("invoke"), details_arg="details")
        registration = await self.sessions[c["session"]].register(procedure, c["procedure"], options)
        self.registrations[c["key"]] = registration
        return {"id": registration.id}

    async def do_unregister(self, c: dict[str, Any]) -> Any:
        await self.registrations.pop(c["key"]).unregister()

    async def do_call(self, c: dict[str, Any]) -> Any:
        session = self.sessions[c["session"]]

        def on_progress(*args: Any, **kwargs: Any) -> None:
            say(progress=c["key"], args=show(args), kwargs=show(kwargs))

        options = CallOptions(
            on_progress=on_progress if c.get("progress") else None,
            timeout=c.get("timeout"),
        )
        reply = session.call(c["procedure"], *take(c["args"]), options=options, **take(c["kwargs"]))
        self.requests[c["key"]] = (session, max(session._call_reqs))
        result = await reply
        # autobahn gives None, the bare value or a CallResult, by the number of values: bring them to one form.
        if isinstance(result, CallResult):
            return {"args": show(result.results or []), "kwargs": show(result.kwresults or {})}
        return {"args": [] if result is None else [show(result)], "kwargs": {}}

    async def do_cancel(self, c: dict[str, Any]) -> Any:
        session, request = self.requests[c["key"]]
        session._transport.send(message.Cancel(request, mode=c["mode"]))


async def echo(_b: Any, args: Any, kwargs: Any, _details: Any, _count: int) -> Any:
    return CallResult(*args, **kwargs)


async def give(b: Any, _args: Any, _kwargs: Any, _details: Any, _count: int) -> Any:
    return CallResult(*take(b.get("args", [])), **take(b.get("kwargs", {})))


async def fail(b: Any, _args: Any, _kwargs: Any, _details: Any, _count: int) -> Any:
    raise ApplicationError(b["uri"], *take(b.get("args", [])), **take(b.get("kwargs", {})))


async def crash(_b: Any, _args: Any, _kwargs: Any, _details: Any, _count: int) -> Any:
    raise ValueError("a plain exception")


async def steps(b: Any, _args: Any, _kwargs: Any, details: Any, _count: int) -> Any:
    if details.progress is not None:
        for step in b["steps"]:
            details.progress(take(step))
    return "done"


async def hang(_b: Any, _args: Any, _kwargs: Any, _details: Any, _count: int) -> Any:
    await asyncio.get_running_loop().create_future()


async def first_waits_for_second(b: Any, args: Any, _kwargs: Any, _details: Any, count: int) -> Any:
    """The first call is answered only after the second: answers out of order."""
    gate = b.setdefault("gate", asyncio.Event())
    if count == 1:
        await gate.wait()
    else:
        asyncio.get_running_loop().call_later(0.05, gate.set)
    return args[0]


BEHAVIOURS = {
    "echo": echo,
    "give": give,
    "fail": fail,
    "crash": crash,
    "steps": steps,
    "hang": hang,
    "firstWaitsForSecond": first_waits_for_second,
}


def vars_of(role: Any) -> list[str]:
    """The features that a role of the router announced."""
    return [name for name, value in vars(role).items() if value is True]


if __name__ == "__main__":
    asyncio.run(serve(Driver().handle))
