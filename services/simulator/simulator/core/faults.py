"""What can be made to go wrong: switches with a meaning, armed for a while or for a number of times.

A switch that is on strikes every time it is asked about. `times` ends it after so many strikes, `seconds` after so
many seconds of the exchange's clock, `endpoint` narrows a REST switch to one endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from simulator.core.chat import FAULTS as CHAT_FAULTS
from simulator.core.tally import Tally

Value = bool | float | str


@dataclass(frozen=True, slots=True)
class Switch:
    """One kind of fault: the values it takes; a one-shot strikes once unless told otherwise.

    A series also takes several values, as a list or with commas: they strike one after the other, once.
    """

    kind: type[bool] | type[float] | type[str]
    choices: tuple[str, ...] = ()
    is_one_shot: bool = False
    is_series: bool = False
    default: Value = False


SWITCHES: Final[dict[str, Switch]] = {
    # REST
    "latency_ms": Switch(float),
    "ab1004_share": Switch(float),  # of getCandleData and getOIData
    "ab1021": Switch(bool),  # on getCandleData and getOIData
    "empty_body": Switch(bool),
    "html_page": Switch(bool),
    "json_null": Switch(bool),
    "missing_message": Switch(bool),
    "string_false": Switch(bool),
    "error_type": Switch(bool),
    "rate_limited": Switch(bool),
    "expire_tokens": Switch(bool, is_one_shot=True),
    "token_failure_status": Switch(float),
    "profile_fails": Switch(str, ("throttled", "invalid_token", "null")),
    "stale_feed_seconds": Switch(float),
    "unfetched_share": Switch(float),
    "master": Switch(str, ("null", "truncated", "503")),
    # the socket
    "ws_refused": Switch(float),  # the status of the handshake
    "ws_close": Switch(bool, is_one_shot=True),
    "ws_reset": Switch(bool, is_one_shot=True),
    "ws_stall": Switch(bool),
    "ws_truncated": Switch(bool),
    "ws_unknown_mode": Switch(bool),
    "ws_zero_ladder": Switch(bool),
    "ws_duplicate": Switch(bool),
    "ws_out_of_order": Switch(bool),
    "ws_frozen_time": Switch(bool),
    "ws_text_garbage": Switch(bool),
    "ws_burst": Switch(float, is_one_shot=True),  # how many packets
    "ws_slow_drip": Switch(float, is_one_shot=True),  # a packet's bytes a (real) second
    "ws_snapshot": Switch(bool, default=True),
    # Telegram; `endpoint` narrows to one method
    "telegram_429": Switch(float),  # the seconds it asks to wait
    "telegram_5xx": Switch(float),  # the status
    "telegram_drop": Switch(str, ("before",)),  # the connection is cut, nothing arrived
    "telegram_lost": Switch(bool),  # it arrived, but the connection is cut before the answer
    "telegram_hang": Switch(float),  # it arrived, but the answer takes so many real seconds
    "telegram_blocked": Switch(float),  # the chat that has blocked the bot
    # The model server
    "llm": Switch(str, CHAT_FAULTS, is_series=True),
    "llm_slow_seconds": Switch(float),  # real ones; 5 when off
    "llm_retry_after": Switch(float),  # seconds that a rate limit asks to wait; 1 when off
}


@dataclass(frozen=True, slots=True)
class Armed:
    """One switch that is on."""

    value: Value
    armed_at: datetime
    left: int | None = None
    until: datetime | None = None
    endpoint: str | None = None
    asked: int = 0

    def holds(self, at: datetime, endpoint: str | None) -> bool:
        in_time = self.until is None or at < self.until
        return in_time and self.left != 0 and self.endpoint in {None, endpoint}


@dataclass(frozen=True, slots=True)
class Faults:
    """All switches at one moment."""

    armed: Mapping[str, Armed] = field(default_factory=dict)

    def turned(self, changes: Mapping[str, Any], at: datetime) -> "Faults":
        """Return the faults after a request to change them; ValueError names what is unknown or wrong."""
        armed = dict(self.armed)
        for name, wish in changes.items():
            if name not in SWITCHES:
                raise ValueError(f"unknown switch {name!r}, known are {', '.join(SWITCHES)}")
            turned = _armed(name, wish, at)
            if turned.value == SWITCHES[name].default:
                armed.pop(name, None)
            else:
                armed[name] = turned
        return Faults(armed)

    def struck(self, name: str, at: datetime, endpoint: str | None = None) -> tuple["Faults", Armed | None]:
        """Return the faults after asking a switch, and the switch if it struck."""
        armed = self.armed.get(name)
        if armed is None or not armed.holds(at, endpoint):
            return self, None
        asked = replace(armed, asked=armed.asked + 1)
        strikes = not name.endswith("_share") or _draw(name, asked.asked) < float(asked.value)
        if strikes and asked.left is not None:
            asked = replace(asked, left=asked.left - 1)
        return Faults({**self.armed, name: asked}), asked if strikes else None

    def as_json(self, at: datetime) -> dict[str, Any]:
        """Return every switch with its value now."""
        return {
            name: armed.value
            if (armed := self.armed.get(name)) and armed.holds(at, armed.endpoint)
            else switch.default
            for name, switch in SWITCHES.items()
        }


def _armed(name: str, wish: Any, at: datetime) -> Armed:
    switch = SWITCHES[name]
    terms = dict(wish) if isinstance(wish, Mapping) else {"value": wish}
    value = _value(name, switch, terms.pop("value", True))
    length = str(value).count(",") + 1
    times = terms.pop("times", 1 if switch.is_one_shot else length if length > 1 else None)
    seconds = terms.pop("seconds", None)
    endpoint = terms.pop("endpoint", None)
    if terms:
        raise ValueError(
            f"{name}: unknown term {', '.join(terms)}; known are value, times, seconds, endpoint"
        )
    until = None if seconds is None else at + timedelta(seconds=_positive(name, "seconds", seconds))
    left = None if times is None else int(_positive(name, "times", times))
    return Armed(value, at, left, until, endpoint)


def _value(name: str, switch: Switch, value: Any) -> Value:
    if value is False or value is None:
        return False
    if switch.kind is bool and value is True:
        return True
    if switch.kind is float and isinstance(value, int | float) and value is not True and value >= 0:
        return float(value)
    if switch.kind is str and value in switch.choices:
        return str(value)
    if switch.is_series:
        words = value.split(",") if isinstance(value, str) else value
        if isinstance(words, list) and words and all(word in switch.choices for word in words):
            return ",".join(words)
    wanted = " or ".join(switch.choices) or ("a number" if switch.kind is float else "true or false")
    raise ValueError(f"{name} must be {wanted}, not {value!r}")


def _positive(name: str, term: str, value: Any) -> float:
    if isinstance(value, int | float) and value is not True and value > 0:
        return float(value)
    raise ValueError(f"{name}: {term} must be a positive number, not {value!r}")


def _draw(name: str, asked: int) -> float:
    """Return a repeatable number in [0, 1) for the n-th question."""
    return crc32(f"{name} {asked}".encode()) / 2**32


class Switchboard:
    """The faults in force; everything that can fail asks here whether it must."""

    def __init__(self, tally: Tally) -> None:
        self.faults = Faults()
        self._tally = tally

    def turn(self, changes: Mapping[str, Any], at: datetime) -> None:
        """Change switches, all or none; ValueError names what is unknown or wrong."""
        self.faults = self.faults.turned(changes, at)

    def clear(self) -> None:
        self.faults = Faults()

    def strike(self, name: str, at: datetime, endpoint: str | None = None) -> Armed | None:
        """Return the switch if it strikes now, None for business as usual."""
        self.faults, armed = self.faults.struck(name, at, endpoint)
        if armed is not None:
            self._tally.faults[name] += 1
        return armed
