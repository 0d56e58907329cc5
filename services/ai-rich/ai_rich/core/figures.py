"""Numbers as Indian traders write and read them."""

from typing import Final

_CRORE: Final = 10_000_000
_LAKH: Final = 100_000
_THOUSAND: Final = 1_000


def level(value: float) -> str:
    """Return an index level: 24,512.35, and 24,500 where there are no paise."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def units(value: float) -> str:
    """Return a number of units: 5.2 lakh, 1.31 crore, 48 thousand, 325."""
    size = abs(value)
    if size >= _CRORE:
        return f"{value / _CRORE:.2f} crore"
    if size >= _LAKH:
        return f"{value / _LAKH:.1f} lakh"
    return f"{value / _THOUSAND:.0f} thousand" if size >= 10 * _THOUSAND else f"{value:,.0f}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def word(label: str) -> str:
    """Return a label as a word: MILDLY_BULLISH is mildly bullish."""
    return label.replace("_", " ").lower()


def count(number: int, of: str) -> str:
    """Return a number of things: 1 minute, 2 minutes."""
    return f"{number} {of}" if number == 1 else f"{number} {of}s"
