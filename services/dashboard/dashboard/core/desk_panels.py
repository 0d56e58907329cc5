"""What was decided, traded on paper and warned of."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.core import words
from dashboard.core.desk import Alert, Decision, Equity, Position
from dashboard.core.markup import Markup, el, empty, joined


def decisions_list(decisions: Sequence[Decision]) -> Markup:
    """Return the decisions, the newest first, each with what it rests on."""
    if not decisions:
        return empty(
            "No decision of this day is stored. The AI loops write one when they have something to say."
        )
    return el("ol", *(_decision(one) for one in decisions), cls="decisions")


def _decision(one: Decision) -> Markup:
    by = f"{one.loop} · {one.model or one.engine}"
    leg = f" {one.strike} {one.side}" if one.strike is not None and one.side else ""
    head = el(
        "header",
        el("time", words.clock(one.time, seconds=True)),
        el("b", one.decision + leg, cls=f"act {one.decision.lower()}"),
        el("span", by, cls="by"),
        el("span", f"{one.confidence:.0f} %", cls="sure", title="confidence")
        if one.confidence is not None
        else "",
        _scored(one.net),
    )
    return el("li", head, _plan(one), el("p", one.reason), _evidence(one.evidence), _rejected(one))


def _plan(one: Decision) -> Markup:
    if one.entry is None and one.stop_loss is None and one.target is None:
        return Markup()
    said = (("entry", one.entry), ("SL", one.stop_loss), ("target", one.target))
    return el("p", *(el("span", f"{name} ", el("b", words.price(value))) for name, value in said), cls="plan")


def _evidence(ids: Sequence[str]) -> Markup:
    return (
        el("ul", *(el("li", each) for each in ids), cls="evidence", title="the facts it rests on")
        if ids
        else Markup()
    )


def _rejected(one: Decision) -> Markup:
    if one.rejected_because is None or one.engine == "llm":
        return Markup()
    return el("p", f"the rules decided: {words.plain(one.rejected_because).lower()}", cls="note")


def _scored(net: float | None) -> Markup:
    if net is None:
        return Markup()
    return el(
        "span",
        f"15 min {words.price(net, signed=True, digits=0)}",
        cls=f"net {words.sign(net)}",
        title="net, as scored",
    )


def paper_panel(positions: Sequence[Position], equity: Sequence[Equity]) -> Markup:
    """Return the day's paper positions, the open ones first, and the equity through the day."""
    if not positions and not equity:
        return empty("No paper position of this day is stored.")
    closed = [one.net for one in positions if one.net is not None]
    unrealised = [value for one in positions if (value := _unrealised(one)) is not None]
    tiles = el(
        "div",
        _sum("Closed, net", sum(closed) if closed else None),
        _sum("Open, gross", sum(unrealised) if unrealised else None),
        _sum("Equity", equity[-1].equity if equity else None, signed=False),
        cls="sums",
    )
    rows = [_position(one) for one in positions]
    head = el("thead", el("tr", *(el("th", name) for name in ("Contract", "Qty", "In", "Out / last", "P&L"))))
    table = el("table", head, el("tbody", *rows), cls="positions") if rows else Markup()
    return joined([tiles, sparkline([point.equity for point in equity]), table])


def _sum(name: str, value: float | None, *, signed: bool = True) -> Markup:
    cls = words.sign(value) if signed else ""
    said = words.DASH if value is None else f"₹{words.price(value, signed=signed, digits=0)}"
    return el("dl", el("dt", name), el("dd", said, cls=cls), cls="tile")


def _position(one: Position) -> Markup:
    is_open = one.exited_at is None
    result = _unrealised(one) if is_open else one.net
    out = words.price(one.last) if is_open else f"{words.price(one.exit_price)} {words.clock(one.exited_at)}"
    levels = f"stop {words.price(one.stop)}, target {words.price(one.target)}"
    why = levels if is_open else words.plain(one.exit_reason)
    costs = f"gross {words.price(one.gross, signed=True)}, charges {words.price(one.charges)}"
    return el(
        "tr",
        el("td", el("b", f"{one.strike} {one.side}"), el("small", f"{one.expiry:%d %b} · {one.loop}")),
        el("td", words.exact(one.quantity)),
        el("td", words.price(one.entry_price), el("small", words.clock(one.entered_at))),
        el("td", out, el("small", why)),
        el("td", words.price(result, signed=True, digits=0), cls=words.sign(result), title=None if is_open else costs),
        cls="open" if is_open else "",
    )  # fmt: skip


def _unrealised(one: Position) -> float | None:
    """What an open position would bring before charges; None for a closed one or without a price."""
    if one.exited_at is not None or one.last is None:
        return None
    return (one.last - one.entry_price) * one.quantity


def sparkline(values: Sequence[float], width: int = 300, height: int = 44) -> Markup:
    """Return the values as one line, its own range from bottom to top; the first value is a dashed level."""
    if len(values) < 2:
        return Markup()
    low, high = min(values), max(values)
    reach = (high - low) or 1.0

    def y(value: float) -> str:
        return f"{height - 3 - (value - low) / reach * (height - 6):.1f}"

    step = width / (len(values) - 1)
    points = " ".join(f"{place * step:.1f},{y(value)}" for place, value in enumerate(values))
    return el(
        "svg",
        el("line", x1=0, x2=width, y1=y(values[0]), y2=y(values[0]), cls="from"),
        el("polyline", points=points, cls=words.sign(values[-1] - values[0])),
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
        cls="spark",
        role="img",
        aria_label="equity through the day",
    )


def alerts_list(alerts: Sequence[Alert]) -> Markup:
    if not alerts:
        return empty("No alert of this day is stored.")
    return el("ol", *(_alert(one) for one in alerts), cls="alerts")


def _alert(one: Alert) -> Markup:
    head = el("header", el("time", _time(one.at)), el("b", one.title), el("span", one.rule, cls="by"))
    return el("li", head, el("p", one.text), cls=one.severity)


def _time(at: datetime) -> str:
    return words.clock(at)
