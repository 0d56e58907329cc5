"""The measures of the whole chain, as tiles."""

from collections.abc import Sequence

from dashboard.core import words
from dashboard.core.facts import Bucket, Chain, Tick, Wall
from dashboard.core.markup import Markup, el, empty, joined


def tiles(chain: Chain | None, tick: Tick | None, vix: Tick | None = None) -> Markup:
    """Return the tiles of a bucket; `tick` and `vix` are last prices of the market socket, None in the past."""
    of = chain.bucket if chain is not None else None
    if chain is None or of is None:
        return empty("No measures yet: they come with the first bucket.")
    return joined(
        [
            _spot(chain, of, tick),
            _tile("Direction", words.direction(of.direction), _sure(of), words.leaning(of.direction), words.plain(of.direction)),
            _tile("PCR (OI)", words.number(of.pcr), f"volume {words.number(of.pcr_volume)}", _pcr(of.pcr)),
            _tile("Max pain", words.exact(of.max_pain), _distance(of.max_pain, of.spot)),
            _tile("Straddle", words.price(of.straddle), f"implies ± {words.percent(of.implied_move, 2, signed=False)}"),
            _tile("ATM IV", words.percent(of.atm_iv, signed=False), f"skew {words.number(of.skew, 1, signed=True)}, VIX {words.number(chain.vix if vix is None else vix.price)}"),
            _walls("Resistance", of.resistance, "r"),
            _walls("Support", of.support, "s"),
            _oi("Call OI", of.ce_oi, of.ce_oi_change),
            _oi("Put OI", of.pe_oi, of.pe_oi_change),
            _tile("Net GEX", words.exact(of.net_gex), f"crore for 1 %, flips at {words.exact(of.gex_flip)}"),
            _tile("Signal", words.plain(of.signal), *_reasons(of)),
        ]
    )  # fmt: skip


def _tile(name: str, value: str, below: str = "", cls: str = "", title: str | None = None) -> Markup:
    said = [el("dt", name), el("dd", value, cls=cls), el("dd", below, cls="below")]
    return el("dl", *said, cls="tile", title=title)


def _spot(chain: Chain, of: Bucket, tick: Tick | None) -> Markup:
    first = next((point.spot for point in chain.points if point.spot is not None), None)
    now = of.spot if tick is None else tick.price
    moved = None if now is None or first is None else now - first
    at = f"{of.time:%H:%M} bucket" if tick is None else f"tick {tick.at:%H:%M:%S}"
    change = (
        "" if moved is None or not first else f"{moved:+,.2f} ({100 * moved / first:+.2f} %) since open, "
    )
    return _tile("Spot", words.price(now), change + at, words.sign(moved))


def _sure(of: Bucket) -> str:
    return "" if of.confidence is None else f"confidence {of.confidence:.0f} %"


def _pcr(pcr: float | None) -> str:
    return "flat" if pcr is None or 0.9 <= pcr <= 1.1 else "up" if pcr > 1.1 else "down"


def _distance(strike: int | None, spot: float | None) -> str:
    return "" if strike is None or spot is None else f"{strike - spot:+,.0f} from spot"


def _walls(name: str, walls: Sequence[Wall], cls: str) -> Markup:
    value = str(walls[0].strike) if walls else words.DASH
    below = ", ".join(f"{wall.strike}{' new' if wall.is_fresh else ''}" for wall in walls[1:])
    title = "; ".join(f"{wall.strike}: {words.exact(wall.oi)}" for wall in walls)
    return _tile(name, value, f"then {below}" if below else "", f"wall-{cls}", title or None)


def _oi(name: str, oi: int | None, change: int | None) -> Markup:
    title = None if oi is None else f"{words.exact(oi)} units, {words.exact(change, signed=True)}"
    return _tile(name, words.units(oi), f"{words.units(change, signed=True)} since before", title=title)


def _reasons(of: Bucket) -> tuple[str, str, str | None]:
    shown = of.signal_reasons[-1].partition(": ")[2] if of.signal_reasons else ""
    cls = {"BUY": "up", "SELL": "down"}.get(of.signal or "", "flat")
    return shown, cls, "\n".join(of.signal_reasons) or None
