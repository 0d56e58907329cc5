"""The model server over HTTP: TLS verified, no redirects, no answer beyond a bound, no time limit of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from oi_common.errors import Unavailable
from oi_common.llm.replies import HttpReply
from oi_common.llm.requests import Endpoint

_LONGEST_REPLY: Final = 4 * 1024 * 1024
_PROBE_SECONDS: Final = 10.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NotSent(Unavailable):
    """The request never reached the server: nobody bills it."""


class NoReply(Unavailable):
    """The request went out, but no whole reply came back: it may be billed all the same."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the server said at the start. It is told to people; nothing depends on it."""

    is_well: bool
    said: str


class ChatServer:
    """One OpenAI-compatible server."""

    def __init__(self, endpoint: Endpoint, http: httpx.AsyncClient) -> None:
        self.endpoint = endpoint
        self._http = http

    async def complete(self, body: Mapping[str, Any]) -> HttpReply:
        """POST a chat completion. Raises NotSent or NoReply; the caller bounds the time."""
        return await self._ask("POST", "/chat/completions", body)

    async def probe(self, models: tuple[str, ...]) -> Probe:
        """Ask which models there are; costs nothing, never raises."""
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                reply = await self._ask("GET", "/models", None)
        except (Unavailable, TimeoutError) as e:
            return Probe(is_well=False, said=str(e) or "the model server does not answer")
        if reply.status != 200:
            return Probe(is_well=False, said=f"the model server answered {reply.status}")
        missing = [model for model in models if model not in _listed(reply.body)]
        said = f"the model server lists no {', '.join(missing)}" if missing else "the model server is well"
        return Probe(is_well=not missing, said=said)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> HttpReply:
        url = self.endpoint.base_url + path
        try:
            async with self._http.stream(method, url, json=body, headers=self.endpoint.headers) as reply:
                content = await _bounded(reply)
        except (*_NEVER_SENT, httpx.InvalidURL) as e:
            raise NotSent(f"the model server cannot be reached: {e!r}") from e
        except httpx.HTTPError as e:
            raise NoReply(f"the model server broke off: {e!r}") from e
        return HttpReply(
            reply.status_code, content, {name.lower(): value for name, value in reply.headers.items()}
        )


@asynccontextmanager
async def connect_server(endpoint: Endpoint) -> AsyncIterator[ChatServer]:
    """Keep connections to the server open while the body runs."""
    async with httpx.AsyncClient(timeout=None, follow_redirects=False) as http:  # noqa: S113 the caller bounds it
        yield ChatServer(endpoint, http)


async def _bounded(reply: httpx.Response) -> bytes:
    content = bytearray()
    async for part in reply.aiter_bytes():
        content += part
        if len(content) > _LONGEST_REPLY:
            raise NoReply("the model server's reply does not end")
    return bytes(content)


def _listed(body: bytes) -> set[str]:
    try:
        models = json.loads(body)["data"]
        return {str(model["id"]) for model in models}
    except (ValueError, KeyError, TypeError):
        return set()
