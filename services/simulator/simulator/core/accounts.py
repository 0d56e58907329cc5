"""Who may log in, and which of their tokens are still good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyotp

from simulator.core.tokens import Claim, mint, next_midnight, read
from simulator.core.wire import Refused

# A rolling 24 hours is what a live-checked third-party adapter found for the feed token; the refresh token's own
# life is not documented.
_FEED_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Account:
    """One client of the broker."""

    client: str = "S100001"
    pin: str = "1234"
    totp_secret: str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - a simulated account's, public on purpose
    api_key: str = "simulated"

    def accepts_totp(self, code: str, moments: Iterable[datetime]) -> bool:
        """Say whether a code belongs to any of the moments, one step of skew allowed."""
        totp = pyotp.TOTP(self.totp_secret)
        return any(totp.verify(code, for_time=at, valid_window=1) for at in moments)


@dataclass(frozen=True, slots=True)
class SessionRules:
    """What the broker does with older tokens; its users disagree, so both are switches."""

    logout_revokes: bool = True
    login_revokes: bool = False


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a login hands out."""

    jwt: str
    refresh: str
    feed: str

    def as_json(self) -> dict[str, str]:
        return {"jwtToken": self.jwt, "refreshToken": self.refresh, "feedToken": self.feed}


class Accounts:
    """The clients and their live tokens. Nothing here survives a restart, as nothing does at the broker's midnight."""

    def __init__(self, accounts: Iterable[Account], rules: SessionRules, *, seed: int) -> None:
        self._accounts = {account.client: account for account in accounts}
        self._rules = rules
        self._secret = f"simulated exchange {seed}".encode()
        self._live: dict[int, str] = {}
        self._serial = 0

    def log_in(self, client: str, pin: str, code: str, *, at: datetime, wall: datetime) -> TokenSet:
        """Return fresh tokens; the code may be of simulated or of real time, for clients count in real time."""
        account = self._accounts.get(client)
        if account is None:
            raise Refused("AB1007")
        # A wrong or empty PIN is answered like a wrong code (SmartAPI forum, post 18722).
        if pin != account.pin or not account.accepts_totp(code, (at, wall)):
            raise Refused("AB1050")
        if self._rules.login_revokes:
            self._revoke(client)
        return self._issue(client, at)

    def refresh(self, refresh_token: str, *, at: datetime) -> TokenSet:
        claim = read(refresh_token, secret=self._secret)
        if claim is None or claim.kind != "refresh" or claim.serial not in self._live:
            raise Refused("AB8050")
        if at >= claim.expires_at:
            raise Refused("AB8051")
        return self._issue(claim.client, at)

    def log_out(self, client: str) -> None:
        if self._rules.logout_revokes:
            self._revoke(client)

    def revoke_all(self) -> None:
        """End every session, as the broker does now and then without a word."""
        self._live.clear()

    def client_of(self, jwt: str, *, at: datetime) -> str:
        """Return whose JWT this is, or refuse it as the broker's gateway would."""
        claim = self._live_claim(jwt, "jwt")
        if claim is None:
            raise Refused("AG8001")
        if at >= claim.expires_at:
            raise Refused("AG8002")
        return claim.client

    def has_feed_token(self, client: str, token: str, *, at: datetime) -> bool:
        claim = self._live_claim(token, "feed")
        return claim is not None and claim.client == client and at < claim.expires_at

    def knows_client(self, client: str) -> bool:
        return client in self._accounts

    def knows_key(self, api_key: str) -> bool:
        return any(account.api_key == api_key for account in self._accounts.values())

    def _live_claim(self, token: str, kind: str) -> Claim | None:
        claim = read(token, secret=self._secret)
        return claim if claim and claim.kind == kind and claim.serial in self._live else None

    def _revoke(self, client: str) -> None:
        self._live = {serial: owner for serial, owner in self._live.items() if owner != client}

    def _issue(self, client: str, at: datetime) -> TokenSet:
        self._serial += 1
        self._live[self._serial] = client
        midnight = next_midnight(at)

        def token(kind: str, expires_at: datetime) -> str:
            claim = Claim(client, kind, expires_at, self._serial)
            return mint(claim, issued_at=at, secret=self._secret)

        return TokenSet(token("jwt", midnight), token("refresh", midnight), token("feed", at + _FEED_LIFE))


def profile_of(client: str) -> dict[str, Any]:
    """Return getProfile's answer; `exchanges` is a list as the SDK reads it, though the document prints a string."""
    return {
        "clientcode": client,
        "name": "SIMULATED CLIENT",
        "email": "",
        "mobileno": "",
        "exchanges": ["NSE", "BSE", "MCX", "CDS", "NCDEX", "NFO"],
        "products": ["DELIVERY", "INTRADAY", "MARGIN"],
        "lastlogintime": "",
        "brokerid": "B2C",
    }
