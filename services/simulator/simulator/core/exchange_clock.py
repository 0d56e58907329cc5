"""Simulated time: how fast it runs, where it must wait, and how everyone reads the same moment.

Times are Unix epoch seconds. A service that paces the market says until when it lets time run; time stands still
there until the service, its work done, names a later moment.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

FULL_SPEED: Final = 1e6
PACER_LIFE: Final = 3.0  # real seconds after which a silent pacer no longer holds time
CATCH_UP: Final = 60.0  # simulated seconds that may be made up at once after a hold
FINISHES: Final = 60.0  # who asks for a moment this near after the day's end is still at work


@dataclass(frozen=True, slots=True)
class Reading:
    """What is published: `sim` was the time at `real`, and no reader reads beyond `limit`."""

    sim: float
    real: float
    speed: float
    limit: float
    day: date
    state: str = "running"

    def at(self, real: float) -> float:
        """Return simulated time at a real moment; the formula every reader uses."""
        return min(self.sim + (real - self.real) * self.speed, self.limit)

    def as_fields(self) -> dict[str, str]:
        return {
            "sim": repr(self.sim),
            "real": repr(self.real),
            "speed": repr(self.speed),
            "limit": repr(self.limit),
            "day": self.day.isoformat(),
            "state": self.state,
        }

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> "Reading":
        """Return what was published; KeyError or ValueError when it was not one of ours."""
        return cls(
            sim=float(fields["sim"]),
            real=float(fields["real"]),
            speed=float(fields["speed"]),
            limit=float(fields["limit"]),
            day=date.fromisoformat(fields["day"]),
            state=fields["state"],
        )


def awaited(waits: Mapping[str, str], real: float) -> list[float]:
    """Return until when each living pacer lets time run. What is malformed paces nothing."""
    untils = []
    for wait in waits.values():
        with suppress(ValueError):
            until, written = map(float, wait.split())
            if real - written < PACER_LIFE:
                untils.append(until)
    return untils


def begun(start: float, real: float, *, speed: float, day: date) -> Reading:
    """Return the first reading; nothing moves before the first step."""
    return Reading(sim=start, real=real, speed=speed or FULL_SPEED, limit=start, day=day)


def resumed(before: Reading, real: float, *, speed: float) -> Reading:
    """Return where to go on after a restart: at the moment readers have reached, held until the first step."""
    now = before.at(real)
    return replace(before, sim=now, real=real, speed=speed or FULL_SPEED, limit=now)


def released(reading: Reading, real: float) -> Reading:
    """Return a reading that was held from the start, as if it had begun only now."""
    return replace(reading, sim=reading.at(real), real=real)


def stepped(
    reading: Reading, permit: float | None, real: float, *, end: float, lets_finish: bool = False
) -> Reading:
    """Return the reading after one look at the pacers (`permit`, None without any); time never goes back.

    At full speed nobody but a pacer moves time, so without one it stands still. With `lets_finish` time moves on
    past the end for who is still at work: the repair of a hole takes a request every two seconds, for minutes.
    """
    now = reading.at(real)
    if permit is None:
        permit = now if reading.speed >= FULL_SPEED else end
    is_at_work = lets_finish and permit - max(now, end) <= FINISHES
    limit = max(now, permit if is_at_work else min(permit, end))
    state = "ended" if now >= end else "running"
    behind = reading.sim + (real - reading.real) * reading.speed - now
    if limit > reading.limit and behind > CATCH_UP:
        return replace(reading, sim=now, real=real, limit=limit, state=state)
    return replace(reading, limit=limit, state=state)


def stopped(reading: Reading, real: float) -> Reading:
    """Return a reading at which time stands still, for the exchange is going away."""
    return replace(reading, limit=reading.at(real))
