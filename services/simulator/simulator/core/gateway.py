"""Who is let in: the broker's checks of headers, tokens and socket handshakes, before anything is answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from simulator.core.accounts import Accounts
from simulator.core.faults import Switchboard
from simulator.core.wire import Refused

_HEADERS: Final = (
    "Content-type",
    "Accept",
    "X-UserType",
    "X-SourceID",
    "X-ClientLocalIP",
    "X-ClientPublicIP",
    "X-MACAddress",
    "X-PrivateKey",
)


class NotAdmitted(Exception):
    """A handshake the exchange refuses, with its HTTP status and, for 401, the reason it gives."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Gateway:
    """The door before the exchange; headers ignore case."""

    def __init__(self, accounts: Accounts, faults: Switchboard) -> None:
        self._accounts = accounts
        self._faults = faults

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse what the broker would; which code it has for a missing header is not documented."""
        for name in _HEADERS:
            if not headers.get(name):
                raise Refused("AB2000", f"missing header {name}")
        if headers["X-UserType"] != "USER":
            raise Refused("AB1005")
        if not self._accounts.knows_key(headers["X-PrivateKey"]):
            raise Refused("AG8004")

    def client_of(self, headers: Mapping[str, str], at: datetime) -> str:
        """Return whose request this is."""
        self._expire_if_asked(at)
        scheme, _, jwt = headers.get("Authorization", "").partition(" ")
        if not jwt:
            raise Refused("AG8003")
        if scheme != "Bearer":
            raise Refused("AG8001")
        return self._accounts.client_of(jwt, at=at)

    def admit(self, headers: Mapping[str, str], query: Mapping[str, str], at: datetime) -> str:
        """Return the client of a handshake; raises NotAdmitted."""
        self._expire_if_asked(at)
        if refused := self._faults.strike("ws_refused", at):
            raise NotAdmitted(int(float(refused.value)), "Refused by a fault switch")
        client = headers.get("x-client-code") or query.get("clientCode", "")
        if fault := self._fault(client, headers, query, at):
            raise NotAdmitted(401, f"Invalid Header - Invalid {fault}")
        return client

    def _fault(
        self, client: str, headers: Mapping[str, str], query: Mapping[str, str], at: datetime
    ) -> str | None:
        """Return what is wrong. Java's client sends no more than client code and feed token, so that is enough."""
        if not self._accounts.knows_client(client):
            return "Client Code"
        api_key = headers.get("x-api-key") or query.get("apiKey")
        if api_key and not self._accounts.knows_key(api_key):
            return "API Key"
        if (jwt := headers.get("Authorization")) and not self._is_good(jwt.removeprefix("Bearer "), at):
            return "Auth token"
        feed_token = headers.get("x-feed-token") or query.get("feedToken", "")
        return None if self._accounts.has_feed_token(client, feed_token, at=at) else "Feed Token"

    def _is_good(self, jwt: str, at: datetime) -> bool:
        try:
            self._accounts.client_of(jwt, at=at)
        except Refused:
            return False
        return True

    def _expire_if_asked(self, at: datetime) -> None:
        if self._faults.strike("expire_tokens", at):
            self._accounts.revoke_all()
