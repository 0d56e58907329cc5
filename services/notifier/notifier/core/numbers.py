"""How numbers are written for a trader; None is a dash, never a 0."""

from datetime import date, timedelta

DASH = "–"  # noqa: RUF001 wider than a minus sign, so that it is none
_LAKH, _CRORE = 100_000, 10_000_000


def number(value: float | None, digits: int = 2) -> str:
    return DASH if value is None else f"{value:,.{digits}f}"


def strike(value: float | None) -> str:
    return DASH if value is None else f"{value:.0f}"


def signed(value: float | None, digits: int = 2) -> str:
    return DASH if value is None else f"{value:+,.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    return DASH if value is None else f"{value:+.{digits}f} %"


def lakhs(units: float | None, *, sign: bool = False) -> str:
    """Write units of OI or volume in lakh, from a crore on in crore, below a tenth of a lakh in thousands."""
    if not units:
        return DASH if units is None else "0"
    plus = "+" if sign else ""
    if abs(units) < _LAKH / 10:
        return f"{units / 1000:{plus}.1f} k"
    if abs(units) >= _CRORE:
        return f"{units / _CRORE:{plus}.2f} cr"
    return f"{units / _LAKH:{plus}.1f} L"


def rupees(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return DASH
    return f"{'+' if sign and value > 0 else ''}{'-' if value < 0 else ''}₹{abs(value):,.0f}"


def day(expiry: date | None) -> str:
    return DASH if expiry is None else f"{expiry:%d %b}"


def length(of: timedelta) -> str:
    minutes = round(of.total_seconds() / 60)
    if minutes < 2:
        return f"{of.total_seconds():.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
