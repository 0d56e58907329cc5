"""The broker's own client with a transport of ours: one kept-alive, verified session, and errors by meaning.

smartapi-python 1.5.5 opens a TLS connection per call, writes the PIN and the tokens to ./logs and loses the HTTP
status. Everything that goes over the wire goes through `_request`, so that is what we replace.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urljoin

import requests

from oi_common.broker.errors import BrokerRefused, BrokerUnavailable
from oi_common.broker.replies import LOGIN, Envelope, envelope_of
from oi_common.logs import hide


@contextmanager
def _without_address_lookup() -> Iterator[None]:
    """The client's class body asks api.ipify.org, without a timeout, and throws the answer away."""
    real = requests.get
    requests.get = lambda *_args, **_kwargs: SimpleNamespace(text="")  # type: ignore[assignment]
    try:
        yield
    finally:
        requests.get = real


with _without_address_lookup():
    _smart_connect: Any = import_module("SmartApi.smartConnect")

# The module kept the stub by name; nothing of ours calls it, and it goes back all the same.
_smart_connect.get = requests.get
# It logs headers, PIN and TOTP on every failure. Nothing is lost: `_request` below raises all there is to say.
_smart_connect.logger = logging.getLogger("oi_common.broker.silent")
_smart_connect.logger.addHandler(logging.NullHandler())
_smart_connect.logger.propagate = False

# Whatever is not here (orders, holdings, margins, GTT, eDIS) is never sent.
READ_ONLY_ROUTES: Final = frozenset(
    {
        LOGIN,
        "api.logout",
        "api.token",
        "api.user.profile",
        "api.market.data",
        "api.ltp.data",
        "api.candle.data",
        "api.oi.data",
        "api.optionGreek",
        "api.putCallRatio",
        "api.oIBuildup",
        "api.gainersLosers",
        "api.nseIntraday",
        "api.bseIntraday",
        "api.search.scrip",
    }
)
_TIMEOUT: Final = (5.0, 10.0)  # seconds to connect, and between two bytes


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a login hands out; never shown."""

    jwt: str = field(repr=False)
    refresh: str = field(repr=False)
    feed: str = field(repr=False)


class SmartConnect(_smart_connect.SmartConnect):  # type: ignore[misc] # the library has no types
    """Angel One's REST API, read-only. Blocking: call it in a thread, one call at a time."""

    def __init__(self, api_key: str, root: str, timeout: tuple[float, float] = _TIMEOUT) -> None:
        # The library's own constructor makes ./logs, points the process's logs there and silences TLS warnings.
        self.api_key = self.privateKey = api_key
        self.root = root
        self.timeout = timeout
        self.access_token: str | None = None
        self.refresh_token: str | None = None
        self.feed_token: str | None = None
        self.userId: str | None = None
        self.debug = self.disable_ssl = False
        self.session_expiry_hook = None
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def log_in(self, client_code: str, pin: str, totp: str) -> LoggedIn:
        """Log in and keep the token. Raises a BrokerError; unlike `generateSession` it asks for no profile."""
        envelope = self._postRequest(LOGIN, {"clientcode": client_code, "password": pin, "totp": totp})
        tokens = _tokens_in(envelope)
        self.access_token, self.refresh_token, self.feed_token = tokens.jwt, tokens.refresh, tokens.feed
        return tokens

    def generateSession(self, clientCode: str, password: str, totp: str) -> Envelope:  # noqa: N802, N803 - the library's names
        """Log in as the library's users expect, without losing the tokens when the profile call fails."""
        tokens = self.log_in(clientCode, password, totp)
        bearer = f"Bearer {tokens.jwt}"
        return {
            "status": True,
            "data": {"jwtToken": bearer, "refreshToken": tokens.refresh, "feedToken": tokens.feed},
        }

    def make_authenticated_get_request(self, url: str, access_token: str | None) -> None:  # noqa: ARG002
        """Refuse: in the library this asks for an order, at the production host whatever `root` says."""
        raise BrokerRefused("api.individual.order.details is never called: this system is read-only")

    def individual_order_details(self, qParam: str) -> None:  # noqa: N803 - the library's name
        self.make_authenticated_get_request(qParam, None)

    def _request(self, route: str, method: str, parameters: dict[str, Any] | None = None) -> Envelope:
        """Ask, and return the envelope of a success. Raises a BrokerError for everything else."""
        if route not in READ_ONLY_ROUTES:
            raise BrokerRefused(f"{route} is never called: this system is read-only")
        body = json.dumps(parameters or {})
        headers = self.requestHeaders()
        if self.access_token and route != LOGIN:
            headers["Authorization"] = f"Bearer {self.access_token}"
        try:
            reply = self._session.request(
                method,
                urljoin(self.root, self._routes[route]),
                data=body if method == "POST" else None,
                params=body if method == "GET" else None,
                headers=headers,
                timeout=self.timeout,
                allow_redirects=False,
            )
            content = reply.content
        except requests.RequestException as e:
            # The exception's own text may hold the URL, and a GET's URL holds the refresh token.
            raise BrokerUnavailable(f"broker did not answer {route}: {type(e).__name__}") from None
        return envelope_of(route, reply.status_code, content)


def _tokens_in(envelope: Envelope) -> LoggedIn:
    found = envelope["data"] if isinstance(envelope["data"], dict) else {}
    texts = [found.get(name) for name in ("jwtToken", "refreshToken", "feedToken")]
    if not all(isinstance(text, str) and text for text in texts):
        raise BrokerUnavailable("broker's login answer holds no tokens")
    jwt, refresh, feed = (str(text).removeprefix("Bearer ") for text in texts)
    for secret in (jwt, refresh, feed):
        hide(secret)
    return LoggedIn(jwt, refresh, feed)
