"""How the values of a chain are written: short, and the unknown never as a number."""

from datetime import timedelta

DASH = "–"  # noqa: RUF001 - the sign, not a hyphen that could be a minus
LAKH = 100_000
THOUSAND = 1_000

_BARS = "▏▎▍▌▋▊▉█"
_MOST_PERCENT = 999.5
_SHORT = {"Moderate": "Mod", "Bullish": "Bull", "Bearish": "Bear"}
_ARROWS = {"Bull": "▲", "Bear": "▼"}


def lakhs(units: int | None, *, signed: bool = False) -> str:
    """Write units in lakhs, two decimals."""
    if units is None:
        return DASH
    return f"{units / LAKH:+.2f}" if signed else f"{units / LAKH:.2f}"


def in_units_of(units: int | None, of: int) -> str:
    """Write OI in lakhs (or what else suits the chain), one decimal; from 1,000 on without."""
    if units is None:
        return DASH
    value = units / of
    return f"{value:.1f}" if abs(value) < 999.95 else f"{value:.0f}"


def rupees(price: float | None) -> str:
    return DASH if price is None else f"{price:.2f}"


def price(value: float | None) -> str:
    """Write a premium in six characters: two decimals, from 1,000 on one, from 10,000 on none."""
    if value is None:
        return DASH
    digits = 2 if abs(value) < 999.995 else 1 if abs(value) < 9999.95 else 0
    return f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """Write a change in five characters: one decimal, from 100 on none, beyond 999 only that."""
    if value is None:
        return DASH
    if abs(value) >= _MOST_PERCENT:
        return ">+999" if value > 0 else "<-999"
    if abs(value) < 0.05:
        return "0.0"
    return f"{value:+.1f}" if abs(value) < 99.95 else f"{value:+.0f}"


def theta(value: float | None) -> str:
    if value is None:
        return DASH
    return f"{value:.1f}" if abs(value) < 99.95 else f"{value:.0f}"


def number(value: float | None, digits: int = 2) -> str:
    return DASH if value is None else f"{value:.{digits}f}"


def verdict(text: str | None, *, is_shortest: bool = False) -> str:
    """Write `Moderate Bullish` as `Mod Bull`, or where room is dear as `▲ Mod`."""
    if not text:
        return DASH
    words = [_SHORT.get(word, word) for word in text.split()]
    if is_shortest and words[-1] in _ARROWS:
        words = [_ARROWS[words[-1]], *words[:-1]]
    return " ".join(words)


def bar(units: int | None, most: int, width: int) -> str:
    """Return a bar of at most `width` characters."""
    if not units or units < 0 or most <= 0:
        return ""
    eighths = max(1, round(units / most * width * 8))
    full, rest = divmod(min(eighths, width * 8), 8)
    return "█" * full + (_BARS[rest - 1] if rest else "")


def written_age(age: timedelta | None) -> str:
    if age is None:
        return DASH
    seconds = int(age.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
