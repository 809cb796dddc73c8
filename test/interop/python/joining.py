"""Joins a realm with autobahn-python on asyncio: one WebSocket, one serializer, no automatic reconnection."""

import asyncio
import ssl
from typing import Any, Callable, Optional
from urllib.parse import urlparse

import txaio

txaio.use_asyncio()

from autobahn.asyncio.wamp import ApplicationSession  # noqa: E402
from autobahn.asyncio.websocket import WampWebSocketClientFactory  # noqa: E402
from autobahn.wamp import auth, message  # noqa: E402
from autobahn.wamp.exception import ApplicationError  # noqa: E402
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer  # noqa: E402
from autobahn.wamp.types import ComponentConfig  # noqa: E402

SERIALIZERS = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}


class Session(ApplicationSession):
    """Joins as `authid` by WAMP-CRA, or anonymously; `joined` and `left` are futures."""

    def __init__(self, realm: str, authid: Optional[str], secret: Optional[str]) -> None:
        super().__init__(ComponentConfig(realm=realm))
        self.authid_wanted = authid
        self.secret = secret
        loop = asyncio.get_running_loop()
        self.joined: asyncio.Future[Any] = loop.create_future()
        self.left: asyncio.Future[Any] = loop.create_future()
        self.closed: asyncio.Future[bool] = loop.create_future()

    def onConnect(self) -> None:
        if self.authid_wanted is None:
            self.join(self.config.realm, ["anonymous"])
        else:
            self.join(self.config.realm, ["wampcra"], self.authid_wanted)

    def onChallenge(self, challenge: Any) -> str:
        key = (self.secret or "").encode()
        if "salt" in challenge.extra:
            extra = challenge.extra
            key = auth.derive_key(key, extra["salt"], extra["iterations"], extra["keylen"])
        signature = auth.compute_wcs(key, challenge.extra["challenge"].encode())
        return signature.decode()

    def onWelcome(self, welcome: message.Welcome) -> None:
        self.router_roles = welcome.roles

    def onJoin(self, details: Any) -> None:
        if not self.joined.done():
            self.joined.set_result(details)

    def onLeave(self, details: Any) -> None:
        problem = ApplicationError(details.reason, details.message)
        if not self.joined.done():
            self.joined.set_exception(problem)
        if not self.left.done():
            self.left.set_result(details)
        super().onLeave(details)

    def onDisconnect(self) -> None:
        super().onDisconnect()
        if not self.joined.done():
            self.joined.set_exception(ApplicationError("transport.lost", "the connection was closed before the join"))
        if not self.closed.done():
            self.closed.set_result(True)

    def onUserError(self, fail: Any, msg: Any) -> None:
        """Errors of procedures go to the caller; they are no news for the log."""


async def join(
    url: str,
    realm: str,
    serializer: str,
    authid: Optional[str] = None,
    secret: Optional[str] = None,
    make: Callable[..., Session] = Session,
    ca: Optional[str] = None,
) -> Session:
    """A session that has joined, or the ApplicationError of the ABORT. `ca`: PEM file that a wss router must match."""
    session = make(realm, authid, secret)
    factory = WampWebSocketClientFactory(lambda: session, url=url, serializers=[SERIALIZERS[serializer]()])
    factory.setProtocolOptions(openHandshakeTimeout=20, autoPingInterval=10, autoPingTimeout=20)
    where = urlparse(url)
    context = ssl.create_default_context(cafile=ca) if where.scheme == "wss" else None
    _, protocol = await asyncio.get_running_loop().create_connection(factory, where.hostname, where.port, ssl=context)
    # A session is told nothing of a connection that closes before the WebSocket is open.
    await asyncio.wait([session.joined, protocol.is_closed], return_when=asyncio.FIRST_COMPLETED)
    if not session.joined.done():
        raise ApplicationError("transport.lost", "the connection was closed before the join")
    await session.joined
    return session
