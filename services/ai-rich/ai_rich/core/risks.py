"""What may be lost, and what would prove a decision wrong, in sentences; a sentence whose numbers are unknown is None."""

from typing import Final

from ai_rich.core.figures import count, level
from ai_rich.core.levels import nearest
from oi_common.advice.situation import Situation
from oi_common.events import DecisionMade

_SOON: Final = 30.0  # minutes to the close that are worth a word


def held(it: Situation) -> str | None:
    """Return what is held, since when, and what it has gained."""
    position = it.position
    if position is None:
        return None
    leg = it.leg(position.contract)
    bid = leg.bid if leg else None
    now = f", the bid is {bid:.2f} ({bid - position.entry:+.2f} a unit)" if bid is not None else ""
    minutes = round(position.held_minutes)
    since = f"{count(minutes, 'minute')} ago" if minutes else "just now"
    contract = f"{position.contract.strike} {position.contract.side}"
    return f"Held: {position.quantity} of {contract}, bought {since} at {position.entry:.2f}{now}."


def risk(said: DecisionMade, it: Situation) -> str | None:
    """Return what an entry or a position may lose and where it is wrong; while nothing is held, what to watch."""
    if said.decision == "EXIT":
        return None
    if said.side is None or said.entry is None or not said.stop_loss:
        return _watched(it)
    lost = said.entry - said.stop_loss
    at_stake = f"₹{lost:,.2f} a unit" + (
        f", ₹{lost * it.lot_size:,.0f} a lot of {it.lot_size}" if it.lot_size else ""
    )
    told = (
        f"Risk: {at_stake} before charges"
        if lost > 0
        else f"No risk is left above the stop at {said.stop_loss:.2f}"
    )
    return f"{told}{_wrong(said.side == 'CE', it)}."


def time_left(it: Situation) -> str | None:
    if it.days_to_expiry == 0:
        left = count(round(it.minutes_to_close), "minute")
        return f"The contracts expire today, in {left}: premiums decay fast."
    if 0 < it.minutes_to_close < _SOON:
        return f"{count(round(it.minutes_to_close), 'minute')} to the close."
    return None


def _wrong(is_call: bool, it: Situation) -> str:  # noqa: FBT001 one of two sides
    if it.spot is None:
        return ""
    strike = nearest(it.supports if is_call else it.resistances, it.spot, above=not is_call)
    way = "below" if is_call else "above"
    return "" if strike is None else f"; the index {way} {level(strike)} would prove it wrong"


def _watched(it: Situation) -> str | None:
    if it.spot is None:
        return None
    above = nearest(it.resistances, it.spot, above=True)
    below = nearest(it.supports, it.spot, above=False)
    ways = (f"above {level(above)}" if above else "", f"below {level(below)}" if below else "")
    told = " or ".join(way for way in ways if way)
    return f"To watch: a move {told} would change the picture." if told else None
