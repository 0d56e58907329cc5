"""How values are written: as Indian screens write them, and the unknown never as a number."""

from datetime import datetime, timedelta
from typing import Final

DASH: Final = "–"  # noqa: RUF001 - the sign, not a hyphen that could be a minus
LAKH: Final = 100_000
CRORE: Final = 10_000_000
THOUSAND: Final = 1_000

_SHORT: Final = {"Moderate": "Mod", "Bullish": "Bull", "Bearish": "Bear"}
_BUILD_UPS: Final = {
    "long_buildup": "LB",
    "short_buildup": "SB",
    "short_covering": "SC",
    "long_unwinding": "LU",
}


def units(value: float | None, *, signed: bool = False) -> str:
    """Write OI or volume in thousands (K), lakhs (L) or crores (Cr), three digits; the exact number is `exact`."""
    if value is None:
        return DASH
    size = abs(value)
    for of, name in ((CRORE, "Cr"), (LAKH, "L"), (THOUSAND, "K")):
        if size >= of:
            scaled = value / of
            digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return f"{scaled:+.{digits}f} {name}" if signed else f"{scaled:.{digits}f} {name}"
    return f"{value:+.0f}" if signed and value else f"{value:.0f}"


def exact(value: float | None, *, signed: bool = False) -> str:
    """Write a number whole, its digits grouped as in 1,23,45,678."""
    if value is None:
        return DASH
    whole = f"{abs(value):.0f}"
    head, tail = whole[:-3], whole[-3:]
    pairs: list[str] = []
    while head:
        head, pair = head[:-2], head[-2:]
        pairs.insert(0, pair)
    sign = "-" if value < 0 else "+" if signed and value > 0 else ""
    return sign + ",".join([*pairs, tail])


def price(value: float | None, *, signed: bool = False, digits: int = 2) -> str:
    """Write rupees: 1,23,456.75."""
    if value is None:
        return DASH
    rounded = f"{abs(value):.{digits}f}"
    whole, point, rest = rounded.partition(".")
    sign = "-" if value < 0 and float(rounded) else "+" if signed and value > 0 else ""
    return f"{sign}{exact(int(whole))}{point}{rest}"


def premium(value: float | None) -> str:
    """Write an option's price in at most six characters: above 1,000 with one decimal, above 10,000 with none."""
    if value is None:
        return DASH
    return f"{value:.{2 if abs(value) < 999.995 else 1 if abs(value) < 9999.95 else 0}f}"


def number(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    if value is None:
        return DASH
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def percent(value: float | None, digits: int = 1, *, signed: bool = True) -> str:
    return DASH if value is None else f"{number(value, digits, signed=signed)} %"


def verdict(text: str | None) -> str:
    """Write `Moderate Bullish` as `Mod Bull`."""
    return " ".join(_SHORT.get(word, word) for word in text.split()) if text else DASH


def build_up(label: str | None) -> str:
    """Write `long_buildup` as `LB`; what neither grew nor shrank is `=`."""
    return DASH if label is None else _BUILD_UPS.get(label, "=")


def plain(label: str | None) -> str:
    """Write `STRONGLY_BULLISH` as `Strongly bullish`."""
    return label.replace("_", " ").capitalize() if label else DASH


def direction(label: str | None) -> str:
    """Write `STRONGLY_BULLISH` as `Strong bull`, so that it fits a tile."""
    if label == "INSUFFICIENT_DATA":
        return "Unclear"
    return (
        plain(label)
        .replace("Strongly", "Strong")
        .replace("Mildly", "Mild")
        .replace("ullish", "ull")
        .replace("earish", "ear")
    )


def clock(at: datetime | None, *, seconds: bool = False) -> str:
    return DASH if at is None else f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"


def age(length: timedelta | None) -> str:
    """Write how old something is, in its two largest units at most."""
    if length is None:
        return DASH
    seconds = max(0, int(length.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def leaning(label: str | None) -> str:
    """Return `up`, `down` or `flat`: which way a word of ours points, as a CSS class."""
    words = (label or "").upper()
    return "up" if "BULL" in words else "down" if "BEAR" in words else "flat"


def sign(value: float | None) -> str:
    """Return `up`, `down` or `flat` for a change, as a CSS class."""
    return "up" if value and value > 0 else "down" if value and value < 0 else "flat"
