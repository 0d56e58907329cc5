"""What an HTTP reply of the broker means: its data, or one of our errors.

Shapes and codes: the broker's documentation, and what its users report (no `status` key, `status: "false"`,
plain text, HTML, nothing at all). The HTTP status alone decides nothing but 429: AG8001 comes with a 200.
"""

import json
from typing import Any, Final

from oi_common.broker.errors import (
    Blocked,
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    NoData,
    SessionExpired,
    Throttled,
    WrongCredentials,
)
from oi_common.logs import redacted

Envelope = dict[str, Any]

LOGIN: Final = "api.login"

_TOO_MANY: Final = 429
_SHOWN: Final = 120  # characters of the broker's text that an error quotes
_EXPIRED: Final = {"AG8001", "AG8002", "AG8003", "AB1010", "AB1011", "AB8050", "AB8051"}
_WRONG_LOGIN: Final = {"AB1000", "AB1001", "AB1002", "AB1007", "AB1032", "AB1050"}
_WRONG_KEY: Final = {"AG8004"}
_THROTTLED: Final = {"AB1021"}
_NOTHING: Final = {"AB9019", "AB1013", "AB1014", "AB1015", "AB1016"}
# AB1004 also stands for bad arguments of a candle request, which are checked before they are sent.
_REFUSED: Final = {"AB1005", "AB1006", "AB1008", "AB1009", "AB1012", "AB1018", "AB4018", "AB4036"}


def envelope_of(route: str, status: int, body: bytes) -> Envelope:
    """Return a successful answer's envelope, with `status` true and `data` whatever it was.

    Raises the BrokerError that a failure means.
    """
    text = body.decode("utf-8", errors="replace").strip()
    if status == _TOO_MANY or (not text.startswith("{") and "exceeding" in text.lower()):
        raise Throttled(f"broker throttles {route}: {_quoted(text) or 'HTTP 429'}", status=status)
    envelope = _parsed(route, status, text)
    if _is_true(envelope.get("status")) or _is_true(envelope.get("success")):
        return {**envelope, "status": True, "data": envelope.get("data")}
    raise _failure(route, status, envelope)


def _parsed(route: str, status: int, text: str) -> Envelope:
    if text.startswith("<") or "Request Rejected" in text:
        raise Blocked(f"broker's firewall answered {route} with HTTP {status} and a page", status=status)
    if not text:
        raise BrokerUnavailable(f"broker answered {route} with HTTP {status} and nothing", status=status)
    try:
        envelope = json.loads(text)
    except ValueError as e:
        raise BrokerUnavailable(
            f"broker answered {route} with HTTP {status} and no JSON: {_quoted(text)}", status=status
        ) from e
    if not isinstance(envelope, dict):
        raise BrokerUnavailable(
            f"broker answered {route} with HTTP {status} and no object: {_quoted(text)}", status=status
        )
    return envelope


def _failure(route: str, status: int, envelope: Envelope) -> BrokerError:
    code = str(envelope.get("errorcode") or envelope.get("errorCode") or "")
    said = str(envelope.get("message") or "no message")
    kind = _meaning(route, code, said, str(envelope.get("error_type") or ""))
    return kind(
        f"broker refused {route}: {code or 'no code'} {_quoted(said)}", status=status, code=code or None
    )


def _meaning(route: str, code: str, said: str, error_type: str) -> type[BrokerError]:
    if "exceeding" in said.lower():
        return Throttled
    if error_type == "TokenException":
        return SessionExpired
    if route == LOGIN and code in _WRONG_LOGIN:
        return WrongCredentials
    meanings = (
        (_EXPIRED, SessionExpired),
        (_WRONG_KEY, WrongCredentials),
        (_THROTTLED, Throttled),
        (_NOTHING, NoData),
        (_REFUSED, BrokerRefused),
    )
    return next((kind for codes, kind in meanings if code in codes), BrokerUnavailable)


def _is_true(value: object) -> bool:
    """The documentation shows `"false"` as text, which is no success."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _quoted(text: str) -> str:
    return redacted(text)[:_SHOWN]
