"""One market socket, opened by websocket-client, read and written by one thread.

Not WebSocketApp, which is many times slower, and not the SDK's class, which neither verifies TLS nor reads text
frames nor survives a clean close.
"""

import json
import ssl
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import certifi
import structlog
import websocket

from ingest_ws import metrics
from ingest_ws.adapters.wire import LOST, Wire
from ingest_ws.core.frames import PING
from ingest_ws.core.patience import Patience, Pulse, given_up_because
from ingest_ws.core.received import CLOSE, TEXT
from ingest_ws.handlers import Pass, RefusedError
from oi_common.errors import Unavailable


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """Real seconds. The broker wants a sign of life every 30; frames are spaced as a start-up storm is refused."""

    connect_within: float = 10.0
    ping_every: float = 10.0
    frame_every: float = 0.5
    look_every: float = 0.25
    patience: Patience = field(default_factory=Patience)


class Dialler:
    """Opens market sockets."""

    def __init__(
        self,
        url: str,
        hear: Callable[[list[bytes]], None],
        is_trading: Callable[[], bool],
        policy: LinePolicy | None = None,
    ) -> None:
        self._url = url
        self._hear = hear
        self._is_trading = is_trading
        self._policy = policy or LinePolicy()
        self._tls = ssl.create_default_context(cafile=certifi.where())

    def dial(self, entry: Pass) -> "Line":
        """Return an open socket. Raises RefusedError with the broker's status, Unavailable without one."""
        try:
            ws = websocket.create_connection(
                self._url,
                timeout=self._policy.connect_within,
                header={
                    "Authorization": f"Bearer {entry.jwt.removeprefix('Bearer ')}",
                    "x-api-key": entry.api_key,
                    "x-client-code": entry.client_code,
                    "x-feed-token": entry.feed_token,
                },
                sslopt={"context": self._tls},
                redirect_limit=0,  # the headers are secrets of this one host
                enable_multithread=False,
                skip_utf8_validation=True,  # text we cannot read is skipped, not a reason to hang up
            )
        except websocket.WebSocketBadStatusException as e:
            said = (e.resp_headers or {}).get("x-error-message", "")
            raise RefusedError(e.status_code, said) from e
        except LOST as e:
            raise Unavailable(f"market socket cannot be opened: {type(e).__name__}: {e}") from e
        ws.settimeout(self._policy.look_every)
        return Line(ws, self._hear, self._is_trading, self._policy)


class Line:
    """One open socket. `say` and `hang_up` may be called from any thread, `listen` runs in one."""

    def __init__(
        self, ws: Any, hear: Callable[[list[bytes]], None], is_trading: Callable[[], bool], policy: LinePolicy
    ) -> None:
        self._ws = ws
        self._wire = Wire(ws)
        self._hear = hear
        self._is_trading = is_trading
        self._policy = policy
        self._to_say: deque[str] = deque()
        self._hung_up = Event()
        now = time.monotonic()
        self._heard_at = self._ticked_at = self._pinged_at = now
        self._said_at = now - policy.frame_every
        self._has_babbled = False
        self._log = structlog.get_logger()

    @property
    def has_said_all(self) -> bool:
        return not self._to_say

    def say(self, frames: list[str]) -> None:
        """Queue frames; they go out in order, at most one per `frame_every`."""
        self._to_say.extend(frames)

    def hang_up(self) -> None:
        self._hung_up.set()

    def listen(self) -> str:
        """Read until the connection ends, and return why it did. Closes the socket."""
        try:
            return self._listen()
        except LOST as e:
            self._log.warning("socket.lost", error=f"{type(e).__name__}: {e}")
            return "lost"
        finally:
            with suppress(*LOST):
                self._wire.part()
            self._ws.shutdown()

    def _listen(self) -> str:
        look_at = 0.0
        while True:
            ended = self._read()
            now = time.monotonic()
            if ended is None and now >= look_at:
                look_at = now + self._policy.look_every
                ended = self._look(now)
            if ended is not None:
                return ended

    def _read(self) -> str | None:
        """Read what has come, or nothing for a moment. Return why the connection ended, if it did."""
        try:
            packets, others = self._wire.read()
        except TimeoutError:
            return None
        self._heard_at = time.monotonic()
        if packets:
            self._ticked_at = self._heard_at
            self._hear(packets)
        for message in others:
            if message.opcode == CLOSE:
                return "closed"
            if message.opcode == TEXT:
                self._read_text(message.content)
        return None

    def _look(self, now: float) -> str | None:
        """Say what is due, and judge whether the connection still lives."""
        if self._hung_up.is_set():
            return "hung_up"
        if now - self._pinged_at >= self._policy.ping_every:
            self._pinged_at = now
            self._ws.send(PING)
        if self._to_say and now - self._said_at >= self._policy.frame_every:
            self._said_at = now
            self._ws.send(self._to_say[0])
            self._to_say.popleft()
        trading = self._is_trading()
        if not trading:
            self._ticked_at = now  # the drought begins with the session
        return given_up_because(
            Pulse(self._heard_at, self._ticked_at), now, self._policy.patience, trading=trading
        )

    def _read_text(self, content: bytes) -> None:
        text = content.decode("utf-8", "replace")
        if text == "pong":
            return
        try:
            said = json.loads(text)
            code, correlation = said["errorCode"], said.get("correlationID")
        except (ValueError, KeyError, TypeError):
            metrics.BROKER_ERRORS.labels(code="unreadable").inc()
            if not self._has_babbled:  # once a connection: this may come with every packet
                self._log.warning("socket.said_something", text=text[:200])
            self._has_babbled = True
            return
        known = code if code in {"E1001", "E1002"} else "other"
        metrics.BROKER_ERRORS.labels(code=known).inc()
        self._log.error(
            "socket.refused", code=code, correlation=correlation, message=str(said.get("errorMessage"))[:200]
        )
