"""The tokens of one login, and when they end."""

import base64
import binascii
import json
from datetime import datetime
from typing import Self

import msgspec

from oi_common.broker.smart_connect import LoggedIn
from oi_common.logs import hide
from oi_common.market.buckets import IST


class Tokens(msgspec.Struct, frozen=True):
    """What a login handed out. `expires_at` is what the JWT itself says, None when it does not say."""

    jwt: str
    refresh: str
    feed: str
    expires_at: datetime | None = None

    @classmethod
    def of(cls, answer: LoggedIn) -> Self:
        return cls(answer.jwt, answer.refresh, answer.feed, expiry_of(answer.jwt))

    def __post_init__(self) -> None:
        for secret in (self.jwt, self.refresh, self.feed):
            hide(secret)

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at})"


def expiry_of(jwt: str) -> datetime | None:
    """Return the moment a JWT names as its end, None when it names none that can be read."""
    try:
        _, claims, _ = jwt.split(".")
        said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return datetime.fromtimestamp(said["exp"], IST)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, binascii.Error):
        return None
