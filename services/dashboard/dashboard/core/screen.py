"""All that a page shows of one choice, drawn once for everyone who looks at it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from dashboard.core.chain_table import chain_table
from dashboard.core.charts import Option, profile
from dashboard.core.choice import Choice
from dashboard.core.day_chart import day_lines
from dashboard.core.desk import Alert, Desk
from dashboard.core.desk_panels import alerts_list, decisions_list, paper_panel
from dashboard.core.facts import Chain
from dashboard.core.markup import Markup, el, empty
from dashboard.core.windows import windows_table

PANELS = ("chain", "windows", "decisions", "paper", "alerts")
CHARTS = ("profile", "day")


@dataclass(frozen=True, slots=True)
class Screen:
    """Panels and charts by name; `chain` is None while nothing of the underlying is known."""

    choice: Choice
    chain: Chain | None = None
    days: tuple[date, ...] = ()
    panels: Mapping[str, Markup] = field(default_factory=dict)
    charts: Mapping[str, Option] = field(default_factory=dict)


def drawn(
    choice: Choice,
    chain: Chain | None,
    desk: Desk,
    days: tuple[date, ...],
    grid: Sequence[datetime],
    trouble: str | None = None,
) -> Screen:
    """Draw what was read; `grid` are the buckets of the day's session, `trouble` is why nothing could be read."""
    wide = choice.is_wide
    panels = {
        "chain": _without(choice, trouble) if chain is None else chain_table(chain, is_wide=wide),
        "windows": windows_table(chain.bucket if chain else None),
        "decisions": decisions_list(desk.decisions),
        "paper": paper_panel(desk.positions, desk.equity),
        "alerts": alerts_list(desk.alerts),
    }
    charts = {"profile": profile(chain, is_wide=wide), "day": day_lines(chain, grid)}
    return Screen(choice, chain, days, panels, charts)


def first_sight(panels: Mapping[str, str]) -> Markup:
    """Return what a browser shows before it has loaded anything else: the state, the tiles and the chain."""
    head = el(
        "header", el("b", "OI Monitor", cls="brand"), el("div", panels["strip"], cls="strip"), cls="top"
    )
    chain = el("section", el("h2", "Option chain"), el("div", panels["chain"], cls="scroll"), cls="panel")
    return el("div", head, el("div", panels["tiles"], cls="tiles"), chain, id="first")


def _without(choice: Choice, trouble: str | None) -> Markup:
    if trouble is not None:
        return el("p", f"The database does not answer: {trouble}.", cls="empty")
    return empty(
        f"No bucket of {choice.index_name} is stored yet. The first one comes within three minutes of the market's open, "
        "if poller and bucketer run."
    )


def with_alerts(
    desk: Desk, heard: Iterable[Alert], index_name: str, day: date, until: datetime | None
) -> Desk:
    """Return the desk with the alerts of the stream that nobody has told yet."""
    known = {alert.event_id for alert in desk.alerts}
    fresh = [
        alert
        for alert in heard
        if alert.event_id not in known
        and alert.index_name in {None, index_name}
        and alert.at.date() == day
        and (until is None or alert.at < until)
    ]
    if not fresh:
        return desk
    alerts = sorted((*fresh, *desk.alerts), key=lambda alert: alert.at, reverse=True)
    return Desk(desk.decisions, desk.positions, desk.equity, tuple(alerts))
