"""The broker's tokens: JWTs signed with HS512, which say whose they are and when they end."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oi_common.market.buckets import IST


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says."""

    client: str
    kind: str  # jwt, refresh or feed
    expires_at: datetime
    serial: int


def mint(claim: Claim, *, issued_at: datetime, secret: bytes) -> str:
    """Return a signed token; the same claim gives the same token."""
    claims = {
        "username": claim.client,
        "usertype": "USER",
        "token_type": claim.kind,
        "jti": str(claim.serial),
        "iat": int(issued_at.timestamp()),
        "exp": int(claim.expires_at.timestamp()),
    }
    unsigned = f"{_part({'alg': 'HS512'})}.{_part(claims)}"
    return f"{unsigned}.{_signature(unsigned, secret)}"


def read(token: str, *, secret: bytes) -> Claim | None:
    """Return what a token says, None when we did not sign it."""
    unsigned, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(unsigned, secret).encode(), signature.encode()):
        return None
    says = json.loads(base64.urlsafe_b64decode(unsigned.partition(".")[2] + "=="))
    expires_at = datetime.fromtimestamp(says["exp"], IST)
    return Claim(says["username"], says["token_type"], expires_at, int(says["jti"]))


def next_midnight(at: datetime) -> datetime:
    """Return the midnight IST at which a session begun at `at` ends."""
    return at.astimezone(IST).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _part(said: dict[str, Any]) -> str:
    return _base64(json.dumps(said, separators=(",", ":")).encode())


def _signature(unsigned: str, secret: bytes) -> str:
    return _base64(hmac.digest(secret, unsigned.encode(), hashlib.sha512))


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
