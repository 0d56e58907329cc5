"""The ways a REST answer goes wrong whatever was asked, as the broker's users have met them."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from simulator.core.faults import Switchboard
from simulator.core.wire import MESSAGES, RATE_REFUSAL, Refused, Reply, as_json, text

# The firewall's page, as users quote it (SmartAPI forum, post 18654).
_HTML_PAGE: Final = (
    "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "
    "Please consult with your administrator.<br><br>Your support ID is: 7253518233190512345</body></html>"
)

_HISTORY: Final = {"getCandleData", "getOIData"}

_SPOILED: Final[dict[str, Callable[[], Reply]]] = {
    "rate_limited": lambda: text(RATE_REFUSAL, 403),
    "empty_body": lambda: text("", 502),
    "html_page": lambda: text(_HTML_PAGE, 200, "text/html"),
    "json_null": lambda: as_json(None),
    "missing_message": lambda: as_json({"status": False, "errorcode": "AB2001", "data": None}),
    # The broker's own failure example has strings for both (documentation, introduction page).
    "string_false": lambda: as_json(
        {"status": "false", "message": MESSAGES["AB1007"], "errorcode": "AB1007", "data": "null"}
    ),
    "error_type": lambda: as_json({"error_type": "TokenException", "message": "Invalid Token"}, 403),
}


def spoiled(faults: Switchboard, endpoint: str, at: datetime) -> Reply | None:
    """Return the first spoiled answer in force for an endpoint, None when nothing is wrong."""
    for name, reply in _SPOILED.items():
        if faults.strike(name, at, endpoint):
            return reply()
    return None


def refuse_history(faults: Switchboard, endpoint: str, at: datetime) -> None:
    """Raise Refused when a question about the past is to fail."""
    if endpoint not in _HISTORY:
        return
    if faults.strike("ab1021", at, endpoint):
        raise Refused("AB1021")
    if faults.strike("ab1004_share", at, endpoint):
        raise Refused("AB1004")
