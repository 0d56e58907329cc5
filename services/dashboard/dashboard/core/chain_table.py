"""The chain as a table: calls left, puts right, strikes ascending, the strike at the money marked."""

from collections.abc import Sequence
from typing import Final

from dashboard.core import words
from dashboard.core.facts import Chain, Leg, Strike, Wall
from dashboard.core.markup import Markup, el, empty, joined
from oi_common.market.chain import at_the_money

NEAR: Final = 10  # strikes shown on either side of the money
ON_A_PHONE: Final = 5

_HEADS: Final = (
    ("oi", "OI"),
    ("chg", "Chg"),
    ("vol", "Volume"),
    ("bu", "B/U"),
    ("iv", "IV"),
    ("dl", "Delta"),
    ("ltp", "LTP"),
)
_TITLES: Final = {
    "OI": "Open interest, units",
    "Chg": "Change of OI against the day's snapshot before",
    "Volume": "Volume of the day so far, units",
    "B/U": "Build-up: LB long build-up, SB short build-up, SC short covering, LU long unwinding, = neither",
    "IV": "Implied volatility, percent",
    "Delta": "Delta",
    "LTP": "Last traded price, rupees",
}
NOTE: Final = (
    "Chg: against the snapshot before. L lakh, Cr crore; point at a number for its exact value. "
    "LB long build-up, SB short build-up, SC short covering, LU long unwinding, = neither. R/S: walls by rank."
)


def chain_table(chain: Chain, *, is_wide: bool = False) -> Markup:
    """Return the table of the chain's last snapshot, or why there is none."""
    if chain.bucket is None or not chain.rows:
        return empty(nothing_said(chain))
    atm = at_the_money((row.strike for row in chain.rows), chain.bucket.spot)
    rows = chain.rows if is_wide else around(chain.rows, atm, NEAR)
    most = max((leg.oi or 0 for row in rows for leg in (row.ce, row.pe)), default=0)
    marks = {**_marks("R", chain.bucket.resistance), **_marks("S", chain.bucket.support)}
    place = next((number for number, row in enumerate(rows) if row.strike == atm), None)
    body = [
        _row(row, most, marks, chain.bucket.spot, None if place is None else number - place)
        for number, row in enumerate(rows)
    ]
    table = el("table", _head(), el("tbody", *body), cls="chain wide" if is_wide else "chain")
    return joined([_stale(chain), table, el("p", NOTE, cls="note")])


def around(rows: Sequence[Strike], atm: int | None, each_side: int) -> tuple[Strike, ...]:
    """Return the rows near the money; where the money is unknown, as many from the middle of the chain."""
    places = [place for place, row in enumerate(rows) if row.strike == atm]
    middle = places[0] if places else len(rows) // 2
    return tuple(rows[max(0, middle - each_side) : middle + each_side + 1])


def nothing_said(chain: Chain) -> str:
    if chain.bucket is None:
        return f"No bucket of {chain.index_name} on {chain.day:%d %b %Y} is stored yet."
    return f"No snapshot had been saved by {chain.bucket.time:%H:%M}."


def _stale(chain: Chain) -> Markup:
    """Say so when the bucket has no snapshot of its own: nothing changed in it, or nobody saw it."""
    if chain.bucket is None or chain.rows_at is None or chain.rows_at == chain.bucket.time:
        return Markup()
    why = "nobody polled it" if chain.bucket.state == "missing" else "no OI changed in it"
    at = chain.bucket.time
    return el(
        "p", f"{at:%H:%M} has no snapshot of its own ({why}): this is {chain.rows_at:%H:%M}.", cls="note warn"
    )


def _head() -> Markup:
    def cells(side: str, heads: Sequence[tuple[str, str]]) -> list[Markup]:
        return [el("th", name, cls=f"{side} {key}", title=_TITLES[name]) for key, name in heads]

    top = el(
        "tr",
        el("th", "CALLS", cls="ce side", colspan=len(_HEADS)),
        el("th", cls="k"),
        el("th", "PUTS", cls="pe side", colspan=len(_HEADS)),
        el("th", cls="vd"),
        cls="sides",
    )
    names = el(
        "tr",
        *cells("ce", _HEADS),
        el("th", "Strike", cls="k"),
        *cells("pe", _HEADS[::-1]),
        el("th", "Verdict", cls="vd"),
    )
    return el("thead", top, names)


def _row(row: Strike, most: int, marks: dict[int, str], spot: float | None, distance: int | None) -> Markup:
    ce, pe = _leg("ce", row.ce, most), _leg("pe", row.pe, most)
    title = f"score {words.number(row.score, signed=True)}, GEX {words.number(row.gex, 1)} crore for 1 %"
    strike = el("td", el("b", str(row.strike)), _mark(marks.get(row.strike)), cls="k")
    verdict = el(
        "td",
        words.verdict(row.verdict),
        cls=f"vd {words.leaning(row.verdict)}",
        title=title if row.verdict else None,
    )
    return el(
        "tr", *ce, strike, *reversed(pe), verdict, cls=_row_class(row.strike, spot, distance), data_strike=row.strike
    )  # fmt: skip


def _row_class(strike: int, spot: float | None, distance: int | None) -> str:
    said = ["atm"] if distance == 0 else []
    if spot is not None:
        said.append("ce-itm" if strike < spot else "pe-itm")
    if distance is not None and abs(distance) > ON_A_PHONE:
        said.append("far")
    return " ".join(said)


def _leg(side: str, leg: Leg, most: int) -> list[Markup]:
    """Return the cells of a side, from the outermost to the one beside the strike."""
    change = f"{words.exact(leg.oi_change, signed=True)} ({words.percent(leg.oi_percent)})"
    bid_ask = f"bid {words.premium(leg.bid)}, ask {words.premium(leg.ask)}, change {words.price(leg.ltp_change, signed=True)}"
    day = f"{words.exact(leg.oi)} units; since yesterday {words.exact(leg.oi_day_change, signed=True)}"
    return [
        el("td", _bar(leg.oi, most), el("i", words.units(leg.oi)), cls=f"{side} oi", title=_if(leg.oi, day)),
        el("td", words.units(leg.oi_change, signed=True), cls=f"{side} chg {words.sign(leg.oi_change)}", title=_if(leg.oi_change, change)),
        el("td", words.units(leg.volume), cls=f"{side} vol", title=_if(leg.volume, f"{words.exact(leg.volume)} units")),
        el("td", words.build_up(leg.buildup), cls=f"{side} bu {leg.buildup or ''}", title=_if(leg.buildup, words.plain(leg.buildup))),
        el("td", words.number(leg.iv, 1), cls=f"{side} iv", title=_if(leg.iv, f"IV {words.number(leg.iv, 4)} %")),
        el("td", words.number(leg.delta), cls=f"{side} dl", title=_if(leg.delta, f"theta {words.number(leg.theta)} rupees a day")),
        el("td", words.premium(leg.ltp), cls=f"{side} ltp {words.sign(leg.ltp_change)}", title=_if(leg.ltp, bid_ask)),
    ]  # fmt: skip


def _if(value: object, title: str) -> str | None:
    return None if value is None else title


def _bar(oi: int | None, most: int) -> Markup:
    if not oi or most <= 0:
        return Markup()
    return el("span", cls="bar", style=f"width:{100 * oi / most:.1f}%")


def _mark(mark: str | None) -> Markup:
    return el("em", mark, cls="wall " + mark[0].lower()) if mark else Markup()


def _marks(letter: str, walls: Sequence[Wall]) -> dict[int, str]:
    return {wall.strike: f"{letter}{rank}" for rank, wall in enumerate(walls, start=1)}
