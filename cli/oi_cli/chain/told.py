"""What stands above and below the table: fields that flow into lines, never split."""

from collections.abc import Sequence

from rich.text import Text

from oi_cli.chain.cells import DOWN, UP, Marks
from oi_cli.chain.columns import Layout
from oi_cli.chain.view import ChainView, Measures, Wall
from oi_cli.chain.words import DASH, LAKH, number, rupees, written_age

_BETWEEN = ("   ", "  ")  # the narrower one where it saves a line


def header(view: ChainView, width: int) -> list[Text]:
    """Return what is known of the chain as a whole."""
    age = f"{written_age(view.age)} old" if view.age is not None else DASH
    fields = [
        Text(f"{view.index_name} {view.expiry:%d %b %Y}", "bold"),
        _field("spot", rupees(view.spot), "bold"),
        _field("bucket", f"{view.time:%d %b %H:%M} {view.state}"),
        _field("data", age),
        *_measured(view.measures, view.vix),
    ]
    return flow(fields, width)


def _measured(measures: Measures, vix: float | None) -> list[Text]:
    iv = DASH if measures.atm_iv is None else f"{measures.atm_iv:.1f} %"
    return [
        _direction(measures.direction, measures.confidence),
        _field("PCR", number(measures.pcr_oi)),
        _field("max pain", number(measures.max_pain, 0)),
        _field("straddle", rupees(measures.straddle)),
        _field("ATM IV", iv),
        *([_field("VIX", number(vix))] if vix is not None else []),
        _field("support", _walls(measures.support), UP),
        _field("resistance", _walls(measures.resistance), DOWN),
    ]


def footer(view: ChainView, shown: int, layout: Layout, marks: Marks, width: int) -> list[Text]:
    """Return the counts, and by what convention the numbers are made."""
    unit = "lakh (100,000)" if marks.unit == LAKH else "thousands"
    fields = [
        f"{len(view.rows)} strikes" if shown == len(view.rows) else f"{shown} of {len(view.rows)} strikes",
        f"{view.changed} changed",
        _polls(view),
        f"Change: {_against(view)}",
        f"OI in {unit}, close: last price, Theta: rupees a day",
    ]
    if layout.left_out:
        fields.append(f"left out for width: {', '.join(layout.left_out)}")
    return flow([Text(field, "dim") for field in fields], width)


def flow(fields: Sequence[Text], width: int) -> list[Text]:
    """Put as many fields on a line as fit; one that is too long alone is cut."""
    return min((_flowed(fields, width, between) for between in _BETWEEN), key=len)


def _flowed(fields: Sequence[Text], width: int, between: str) -> list[Text]:
    lines: list[Text] = []
    for field in fields:
        if lines and len(lines[-1]) + len(between) + len(field) <= width:
            lines[-1] = Text.assemble(lines[-1], between, field)
        else:
            lines.append(clipped(field.copy(), width))
    return lines


def clipped(text: Text, width: int) -> Text:
    text.truncate(max(width, 1), overflow="ellipsis")
    return text


def _field(name: str, value: str, style: str = "") -> Text:
    is_known = value != DASH
    return Text.assemble((name, "dim"), " ", (value, style if is_known else "dim"))


def _direction(direction: str | None, confidence: float | None) -> Text:
    if direction is None:
        return _field("direction", DASH)
    style = UP if "BULLISH" in direction else DOWN if "BEARISH" in direction else ""
    sure = f" {number(confidence, 0)} %" if confidence is not None else ""
    return _field("direction", f"{direction.replace('_', ' ')}{sure}", f"bold {style}")


def _walls(walls: Sequence[Wall]) -> str:
    """Return the strikes, the first wall first; a fresh one carries an exclamation mark."""
    return " ".join(f"{wall.strike}{'!' if wall.is_fresh else ''}" for wall in walls) or DASH


def _polls(view: ChainView) -> str:
    if view.polls is None:
        return f"polls {DASH}"
    missed = view.polls.missed
    said = f"missed {' '.join(missed[:3])}{' ...' if len(missed) > 3 else ''}" if missed else "none missed"
    return f"polls {view.polls.seen} of {view.polls.expected}, {said}"


def _against(view: ChainView) -> str:
    if view.previous_time is None:
        return "none, this is the day's first snapshot"
    return f"against the previous snapshot, {view.previous_time:%H:%M}"
