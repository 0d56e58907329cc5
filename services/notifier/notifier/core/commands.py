"""What a trader may ask, and how it is read from what was typed or pressed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final

# The menu that Telegram shows; the order is the order of use.
COMMANDS: Final[Mapping[str, str]] = {
    "chain": "the chain now, as a picture",
    "oi": "OI by strike and its change",
    "pcr": "PCR, spot and straddle through the day",
    "levels": "support and resistance",
    "maxpain": "max pain and its distance",
    "straddle": "straddle and implied move",
    "diff": "what changed: /diff NIFTY 10:30 11:15",
    "decision": "the AI's last decisions",
    "position": "open paper positions",
    "pnl": "today's paper result",
    "score": "how good the AI and the alerts have been",
    "status": "is everything running",
    "quality": "how complete today's data is",
    "alerts": "the alert rules here: /alerts spike 1.5",
    "mute": "quiet: /mute 60, /mute oi_spike",
    "unmute": "loud again",
    "help": "what can be asked",
}
PICTURED: Final = frozenset({"chain", "oi", "pcr", "quality"})
ABOUT_A_CHAIN: Final = frozenset({"chain", "oi", "pcr", "levels", "maxpain", "straddle", "diff"})

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})-?([A-Za-z]{3})-?(\d{2,4})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Asked:
    """One command. `expiry` is a date, or day and month of whichever year; `rest` is what was not understood.

    `words` are all that followed the command, as they were said.
    """

    name: str
    index_name: str | None = None
    expiry: date | None = None
    day_month: tuple[int, int] | None = None
    times: tuple[time, ...] = ()
    minutes: int | None = None
    rest: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=(), compare=False)


def asked(said: str, indices: Sequence[str]) -> Asked | None:
    """Return the command in what a person typed (`/chain nifty 24nov`) or pressed; None when it is none."""
    words = said.strip().split()
    if not words:
        return None
    name = words[0].removeprefix("/").partition("@")[0].lower()
    if not words[0].startswith("/") or not name:
        return None
    found = Asked(name, words=tuple(words[1:]))
    for word in words[1:]:
        found = _with(found, word, indices)
    return found


def chain_of(wanted: Asked, expiries: Sequence[date]) -> date | None:
    """Return the expiry that is meant: the one named, else the nearest; None when there is no such chain."""
    if wanted.expiry is not None:
        return wanted.expiry if wanted.expiry in expiries else None
    if wanted.day_month is not None:
        return next((each for each in expiries if (each.day, each.month) == wanted.day_month), None)
    return min(expiries, default=None)


def _with(found: Asked, word: str, indices: Sequence[str]) -> Asked:
    known: dict[str, object] = {name: getattr(found, name) for name in Asked.__slots__}
    if word.upper() in indices:
        known["index_name"] = word.upper()
    elif (moment := _TIME.fullmatch(word)) and int(moment[1]) < 24 and int(moment[2]) < 60:
        known["times"] = (*found.times, time(int(moment[1]), int(moment[2])))
    elif word.isdecimal() and len(word) <= 4:
        known["minutes"] = int(word)
    elif (spoken := _DAY_MONTH.fullmatch(word)) and spoken[2].lower() in _MONTHS:
        known["day_month"] = (int(spoken[1]), _MONTHS.index(spoken[2].lower()) + 1)
    elif (expiry := _iso_day(word)) is not None:
        known["expiry"] = expiry
    else:
        known["rest"] = (*found.rest, word)
    return Asked(**known)  # type: ignore[arg-type]


def _iso_day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
