"""The shapes of the broker's answers: envelopes, failures, numbers and dates."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

JSON: Final = "application/json"
RATE_REFUSAL: Final = "Access denied because of exceeding access rate"

MESSAGES: Final = {
    "AB1004": "Something Went Wrong, Please Try After Sometime",
    "AB1005": "User Type Must Be USER",
    "AB1006": "Client Is Block For Trading",
    "AB1007": "Login Id or password is invalid",
    "AB1009": "Symbol Not Found",
    "AB1021": "Too many requests",
    "AB1050": "Invalid totp",
    "AB2000": "Error not specified",
    "AB4018": "Symbol token cannot be empty",
    "AB8050": "Invalid Refresh Token",
    "AB8051": "Refresh Token Expired",
    "AB9019": "No Data Available",
    "AG8001": "Invalid Token",
    "AG8002": "Token Expired",
    "AG8003": "Token missing",
    "AG8004": "Invalid API Key",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; `delay` is how many real seconds it is held back, `chains` are those it tells of in full.

    `asked_at` is by the exchange's clock. An answer that takes long to work out is not there yet: `later` finds it.
    """

    status: int
    content_type: str
    body: bytes = b""
    delay: float = 0.0
    chains: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    later: "Callable[[], Reply] | None" = None

    def finished(self) -> "Reply":
        """Return the answer itself; a pure work that any thread may do."""
        return self if self.later is None else replace(self.later(), delay=self.delay, asked_at=self.asked_at)


class Refused(Exception):
    """The broker's own error code for a request it will not answer."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MESSAGES[code]


def success(answer: Any) -> Reply:
    return as_json({"status": True, "message": "SUCCESS", "errorcode": "", "data": answer})


def failure(refusal: Refused) -> Reply:
    """Return a business failure, or the gateway's own shape for what the gateway refuses (AG....)."""
    if refusal.code.startswith("AG"):
        return as_json({"success": False, "message": refusal.message, "errorCode": refusal.code, "data": ""})
    return as_json({"status": False, "message": refusal.message, "errorcode": refusal.code, "data": None})


def as_json(document: Any, status: int = 200) -> Reply:
    return Reply(status, JSON, json.dumps(document).encode())


def text(body: str, status: int = 200, content_type: str = "text/plain") -> Reply:
    return Reply(status, content_type, body.encode())


def number(value: float) -> int | float:
    """Return a price as the broker's JSON has it: whole rupees without a point, else two places."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def feed_time(at: datetime) -> str:
    """Return a moment as quotes carry it: `21-Jun-2023 10:46:10`, IST."""
    return at.strftime("%d-%b-%Y %H:%M:%S")


def expiry_text(expiry: date) -> str:
    return expiry.strftime("%d%b%Y").upper()


def body_of(octets: bytes) -> dict[str, Any]:
    """Return the JSON object that a request carries."""
    try:
        body = json.loads(octets)
    except ValueError as e:
        raise Refused("AB1004") from e
    if not isinstance(body, dict):
        raise Refused("AB1004")
    return body


def field(body: dict[str, Any], name: str) -> str:
    """Return a required text field of a request."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused("AB1004")
    return value
