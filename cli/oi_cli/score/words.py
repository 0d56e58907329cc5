"""A scorecard in words: for a person's terminal, and as a JSON document."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from oi_cli.score.card import Bill, Card, Line, Part, Profile
from oi_cli.score.statistics import ENOUGH_BLOCKS, ENOUGH_CASES, Bin, Estimate, Figures

NOT_ENOUGH: Final = "not enough data"
RULE: Final = (
    f"A rate is given from {ENOUGH_CASES} known entries in {ENOUGH_BLOCKS} half hours on; entries of one half hour "
    "count as one observation."
)
WHAT: Final = (
    "Bought one lot at the ask when it was decided, sold at the bid, after all charges; [low..high] holds the truth in "
    "95 of 100 cases, so one line in twenty misleads. What was so is no promise."
)
_NAMES: Final = {"path": "stop/target"}
_COLUMNS: Final = (
    "loop", "engine", "horizon", "decisions", "entered", "known", "half hours", "hits", "hit rate", "gross each",
    "net each", "net", "Brier",
)  # fmt: skip
_WIDTH: Final = 140


def show_card(console: Console, card: Card) -> None:
    """Print it; where the table does not fit each line is one of words, which no width can cut."""
    console.print(f"{headline(card)}\n{WHAT}\n{RULE}\n", markup=False)
    _show_lines(console, card)
    for profile in card.profiles:
        for said in _profile(profile, card.horizon):
            console.print(said, markup=False)
    for bill in card.bills:
        console.print(billed(bill), markup=False)


def headline(card: Card) -> str:
    days = f"{card.first}" if card.first == card.last else f"{card.first} to {card.last}"
    return f"Scorecard of {days}"


def horizon_said(horizon: str) -> str:
    return _NAMES.get(horizon, f"{horizon} min")


def cells(line: Line) -> tuple[str, ...]:
    """Return one line's cells, in the order of the columns."""
    found = line.figures
    return (
        line.loop,
        line.engine,
        horizon_said(line.horizon),
        str(line.decisions),
        str(found.entered),
        known_said(found),
        str(found.blocks),
        str(found.hits),
        *rates(found),
        f"{found.net:+.2f}",
        "-" if found.brier is None else f"{found.brier:.3f}",
    )


def rates(found: Figures) -> tuple[str, str, str]:
    """Return hit rate, gross and net per entry in words."""
    if found.hit_rate is None or found.gross_each is None or found.net_each is None:
        return (NOT_ENOUGH if found.entered else "-", "-", "-")
    return percent(found.hit_rate), rupees(found.gross_each), rupees(found.net_each)


def percent(estimate: Estimate) -> str:
    value, low, high = (100 * each for each in (estimate.value, estimate.low, estimate.high))
    return f"{value:.0f} % [{low:.0f}..{high:.0f}]"


def rupees(estimate: Estimate) -> str:
    return f"{estimate.value:+.0f} [{estimate.low:+.0f}..{estimate.high:+.0f}]"


def known_said(found: Figures) -> str:
    also = [(found.unknown, "unknown"), (found.followed, "open")]
    said = ", ".join(f"{count} {name}" for count, name in also if count)
    return f"{found.known} ({said})" if said else str(found.known)


def billed(bill: Bill) -> str:
    """Say what a loop's model cost, and what came of it."""
    cost = bill.cost
    if bill.each is None:
        return f"{cost.loop}: no model was paid in {cost.decisions} decisions"
    said = f"{cost.loop}: {cost.rupees:.2f} rupees for {cost.paid} paid of {cost.decisions} decisions, {bill.each:.4f} each"
    if bill.net is None:
        return f"{said}; no entry of the model has a known outcome"
    if bill.per_net_rupee is None:
        return f"{said}; its entries came to {bill.net:+.2f}: no net rupee was earned"
    return f"{said}; its entries came to {bill.net:+.2f}: {bill.per_net_rupee:.4f} for a net rupee"


def document(card: Card) -> dict[str, Any]:
    """Return everything as one JSON object: rupees, shares of one; null where there is not enough data."""
    return {
        "from": card.first.isoformat(),
        "to": card.last.isoformat(),
        "enough": {"cases": ENOUGH_CASES, "half_hours": ENOUGH_BLOCKS},
        "lines": [
            {
                "loop": e.loop,
                "engine": e.engine,
                "horizon": e.horizon,
                "decisions": e.decisions,
                **_told(e.figures),
            }
            for e in card.lines
        ],
        "horizon": card.horizon,
        "profiles": [
            {
                "loop": profile.loop,
                "engine": profile.engine,
                "calibration": [asdict(each) for each in profile.bins],
                "by_time_of_day": [{"name": part.name, **_told(part.figures)} for part in profile.by_time],
                "by_days_to_expiry": [{"name": part.name, **_told(part.figures)} for part in profile.by_days],
            }
            for profile in card.profiles
        ],
        "costs": [_bill_told(bill) for bill in card.bills],
    }


def shown(card: Card) -> list[Line]:
    """Return the lines a person needs: what entered nothing is the same at every horizon."""
    return [line for line in card.lines if line.figures.entered or line.horizon == "path"]


def _show_lines(console: Console, card: Card) -> None:
    if not console.is_terminal or console.width < _WIDTH:
        for line in shown(card):
            loop, engine, horizon, *values = cells(line)
            words = ", ".join(f"{name} {value}" for name, value in zip(_COLUMNS[3:], values, strict=True))
            console.print(f"{loop} {engine} {horizon}: {words}", markup=False, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in _COLUMNS[:3] else "right", no_wrap=True)
    for line in shown(card):
        table.add_row(*cells(line))
    console.print(table)


def _profile(profile: Profile, horizon: str) -> Iterator[str]:
    bins = [each for each in profile.bins if each.known]
    if not bins:
        return
    yield f"\n{profile.loop} {profile.engine}, {horizon_said(horizon)}"
    yield "  by confidence: " + "; ".join(bin_said(each) for each in bins)
    yield "  by time of day: " + "; ".join(_part_said(part) for part in profile.by_time)
    yield "  by days to expiry: " + "; ".join(_part_said(part) for part in profile.by_days)


def bin_said(each: Bin) -> str:
    rate = percent(each.hit_rate) if each.hit_rate is not None else NOT_ENOUGH
    return f"{each.low}-{each.high}: {each.hits} of {each.known} hit, {rate}"


def _part_said(part: Part) -> str:
    found = part.figures
    net = f"net {rupees(found.net_each)}" if found.net_each is not None else NOT_ENOUGH
    return f"{part.name}: {found.hits} of {found.known} hit, {net}"


def _told(found: Figures) -> dict[str, Any]:
    return {**asdict(found), "is_enough": found.is_enough}


def _bill_told(bill: Bill) -> dict[str, Any]:
    cost = {**bill.cost._asdict(), "rupees": float(bill.cost.rupees)}
    return {**cost, "each": bill.each, "net": bill.net, "per_net_rupee": bill.per_net_rupee}
