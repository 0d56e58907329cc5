"""How the chain reads, in sentences; a sentence whose numbers are unknown is None."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ai_rich.core.figures import level, units, word
from ai_rich.core.picture import Picture
from oi_common.advice.situation import Situation, number

_TELLING: Final = ("15m", "6m", "3m")  # the first of these that is known is told
_UNDECIDED: Final = "INSUFFICIENT_DATA"


def view(it: Situation) -> str:
    """Return where the index stands, which way the chain leans, and how surely."""
    stands = (
        f"{it.index_name} stands at {level(it.spot)}"
        if it.spot is not None
        else f"Spot of {it.index_name} is unknown"
    )
    return f"{stands}. {_leaning(it.measures)}."


def _leaning(of: Mapping[str, Any]) -> str:
    direction, confidence, signal = of.get("direction"), number(of.get("confidence")), of.get("trade_signal")
    if not isinstance(direction, str):
        return "Which way the chain leans is unknown"
    if direction == _UNDECIDED:
        return "Too few contracts have moved to tell which way the chain leans"
    sure = f", confidence {confidence:.0f} of 100" if confidence is not None else ""
    told = f", signal {signal}" if isinstance(signal, str) else ""
    return f"The chain reads {word(direction)}{sure}{told}"


def flow(of: Mapping[str, Any]) -> str | None:
    """Return what was written and how the index moved meanwhile."""
    frames = of.get("timeframes")
    told = frames if isinstance(frames, Mapping) else {}
    known = ((name, told[name]) for name in _TELLING if isinstance(told.get(name), Mapping))
    return next((said for name, frame in known if (said := _over(name, frame)) is not None), None)


def _over(window: str, frame: Mapping[str, Any]) -> str | None:
    calls, puts, spot = (number(frame.get(f"{name}_change")) for name in ("ce_oi", "pe_oi", "spot"))
    if calls is None or puts is None:
        return None
    moved = f" while the index {_moved(spot)}" if spot is not None else ""
    reads = f", which reads {word(frame['direction'])}" if isinstance(frame.get("direction"), str) else ""
    minutes = window.removesuffix("m")
    return f"Over the last {minutes} minutes calls {_added(calls)} and puts {_added(puts)}{moved}{reads}."


def _added(change: float) -> str:
    return "stood still" if change == 0 else f"{'added' if change > 0 else 'shed'} {units(abs(change))}"


def _moved(points: float) -> str:
    return "stood still" if points == 0 else f"{'rose' if points > 0 else 'fell'} {abs(points):.1f} points"


def measures(picture: Picture) -> str | None:
    """Return the measures a trader looks at first."""
    of = picture.measures
    pcr, pain, iv = number(of.get("pcr_oi")), number(of.get("max_pain")), number(of.get("atm_iv"))
    told = (
        None if pcr is None else f"PCR {pcr:.2f}{_before(picture)}",
        None if pain is None else f"max pain {level(pain)}",
        None if iv is None else f"IV at the money {iv:.1f} %",
        _straddle(of),
    )
    known = [each for each in told if each is not None]
    return (
        f"{known[0][0].upper()}{known[0][1:]}{''.join(f', {each}' for each in known[1:])}." if known else None
    )


def _before(picture: Picture) -> str:
    """Return the PCR of the oldest bucket of the history, where that is another number."""
    newest, now = picture.newest, number(picture.measures.get("pcr_oi"))
    older = [
        (each.time, pcr)
        for each in picture.buckets[:-1]
        if (pcr := number(each.measures.get("pcr_oi"))) is not None
    ]
    if newest is None or now is None or not older or f"{older[0][1]:.2f}" == f"{now:.2f}":
        return ""
    time, pcr = older[0]
    return f" ({pcr:.2f} {(newest.time - time) // timedelta(minutes=1)} minutes ago)"


def _straddle(of: Mapping[str, Any]) -> str | None:
    premium, move = number(of.get("straddle")), number(of.get("implied_move"))
    if premium is None:
        return None
    return f"straddle {level(premium)}" + (f" or {move:.2f} % of the index" if move is not None else "")
