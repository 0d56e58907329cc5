"""The demo's options, checked: what cannot be is refused with the option's name."""

from datetime import date, datetime, time
from pathlib import Path

import typer

from oi_cli.demo.plan import CALM, SEGMENT, SERVICES, Plan, end_before
from oi_cli.demo.recording import recorded_index
from oi_cli.segments import SEGMENTS, USUAL
from oi_common.clock import WallClock
from oi_common.market.sessions import previous_trading_day, session_on

_SPEED = "60"
_FASTEST = 3600.0


def checked_segment(given: str | None, recording: Path | None) -> str:
    segment = (given or SEGMENT).upper()
    if recording is not None and segment != SEGMENT:
        raise typer.BadParameter("a recording is one of NFO", param_hint="--segment")
    if segment not in SEGMENTS:
        raise typer.BadParameter(
            f"{segment} is not supported; choose from {', '.join(SEGMENTS)}", param_hint="--segment"
        )
    return segment


def indices_of(given: str | None, recording: Path | None, segment: str = SEGMENT) -> tuple[str, ...]:
    """Return the underlyings asked for, that of the recording, or the segment's usual ones."""
    if given is None and recording is not None:
        given = recorded_index(recording)
    names = (
        USUAL[segment] if given is None else tuple(n.strip().upper() for n in given.split(",") if n.strip())
    )
    known = _simulated(segment)
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(
            f"the simulated exchange has no {', '.join(unknown)} for {segment}; choose from {', '.join(known)}",
            param_hint="--indices",
        )
    if not names:
        raise typer.BadParameter(f"it names nothing; choose from {', '.join(known)}", param_hint="--indices")
    if len(names) > 1 and (recording is not None or segment == "MCX"):
        what = (
            "a recording is played for one index"
            if recording is not None
            else "MCX is watched for one commodity"
        )
        raise typer.BadParameter(what, param_hint="--indices")
    return tuple(dict.fromkeys(names))


def _simulated(segment: str) -> list[str]:
    """Return what the simulated exchange trades in a segment."""
    from simulator.core.underlyings import UNDERLYINGS  # noqa: PLC0415 - slow to import, and only the demo needs it

    with_shares = segment in {"NFO", "NSE"}
    return sorted(
        each.name
        for each in UNDERLYINGS
        if each.is_commodity == (segment == "MCX") and (with_shares or not each.is_share)
    )


def checked_speed(given: str | None, recording: Path | None) -> str:
    speed = given or ("max" if recording is not None else _SPEED)
    if speed == "max":
        return speed
    try:
        is_possible = 0 < float(speed) <= _FASTEST
    except ValueError:
        is_possible = False
    if not is_possible:
        raise typer.BadParameter(
            f"{speed} is neither `max` nor a number up to {_FASTEST:.0f}", param_hint="--speed"
        )
    return speed


def checked_day(given: datetime | None, recording: Path | None, segment: str = SEGMENT) -> date | None:
    """Return the trading day to play; None when a recording brings its own."""
    if recording is not None:
        if given is not None:
            raise typer.BadParameter("a recording brings its own day", param_hint="--date")
        return None
    if given is None:
        return previous_trading_day(segment, WallClock().now().date())
    day = given.date()
    if session_on(segment, day) is None:
        before = previous_trading_day(segment, day)
        raise typer.BadParameter(
            f"{segment} is closed on {day}; {before} is the trading day before", param_hint="--date"
        )
    return day


def checked_scenario(given: str | None, recording: Path | None) -> str:
    """Return what the market is made to do."""
    from simulator.core.scenarios import SCENARIO_NAMES  # noqa: PLC0415 - as above

    scenario = (given or CALM).lower().replace("-", "_")
    if scenario not in SCENARIO_NAMES:
        raise typer.BadParameter(
            f"there is no {scenario}; choose from {', '.join(SCENARIO_NAMES)}", param_hint="--scenario"
        )
    if recording is not None and scenario != CALM:
        raise typer.BadParameter("a recording is played as it is", param_hint="--scenario")
    return scenario


def checked_lot(given: int | None, recording: Path | None) -> int | None:
    if (given is None) != (recording is None):
        raise typer.BadParameter(
            "--recording and --lot go together: a recorded NSE chain counts contracts (NIFTY had 75 in 2025)",
            param_hint="--lot",
        )
    return given


def checked_end(minute: time | None, plan: Plan) -> time | None:
    """Return where simulated time stops; it must lie after the open of a day that is known."""
    if minute is None:
        return None
    if minute == time.min or (plan.held_at is not None and minute <= plan.held_at.time()):
        raise typer.BadParameter("the market has not opened by then", param_hint="--until")
    return end_before(minute)


def checked_services(only: str | None) -> tuple[str, ...]:
    """Return the services that take part, in the order in which they are started."""
    if only is None:
        return SERVICES
    named = {name.strip() for name in only.split(",")}
    if unknown := sorted(named - set(SERVICES)):
        raise typer.BadParameter(
            f"{', '.join(unknown)}: the services are {', '.join(SERVICES)}", param_hint="--only"
        )
    return tuple(name for name in SERVICES if name in named)
