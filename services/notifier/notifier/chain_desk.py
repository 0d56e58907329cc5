"""Answers about one chain: its table, its measures, its levels, and what changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from notifier.core import answers
from notifier.core.commands import Asked, chain_of
from notifier.core.pictures import Kind, Picture
from notifier.core.text import Text, text
from notifier.ports import Answer, Button
from oi_common.clock import Clock
from oi_common.market.buckets import floor_to_3min, wall_time

_PICTURES: Final[Mapping[str, Kind]] = {"chain": "chain", "oi": "oi", "pcr": "day"}


class ChainDesk:
    """The chain is the one that was named, or the nearest of the first underlying. Raises Unavailable."""

    def __init__(self, indices: Sequence[str], ledger: Any, clock: Clock) -> None:
        self._indices = tuple(indices)
        self._ledger = ledger
        self._clock = clock

    async def answer(self, wanted: Asked) -> Answer:
        now = self._clock.now()
        today = wall_time(now).date()
        name = wanted.index_name or self._indices[0]
        expiries = await self._ledger.expiries(name, today)
        expiry = chain_of(wanted, expiries)
        if expiry is None:
            listed = ", ".join(f"{each:%d %b}" for each in expiries) or "none today"
            return Answer(text(f"No such chain. Chains of {name}: {listed}."))
        buttons = self._buttons(wanted.name, name, expiries)
        shot = await self._ledger.snapshot(name, expiry, wall_time(now))
        if shot is None:
            return Answer(text(f"No snapshot of {name} {expiry:%d %b} today."), buttons=buttons)
        if wanted.name == "diff":
            return Answer(await self._diff(wanted, name, expiry, now))
        said = await self._said(wanted.name, shot, now)
        kind = _PICTURES.get(wanted.name)
        picture = None if kind is None else Picture(kind, name, expiry, shot.header["time"])
        return Answer(said, picture, buttons)

    async def _said(self, command: str, shot: Any, now: datetime) -> Text:
        header = shot.header
        if command == "levels":
            return answers.levels(header, now, shot.seen)
        if command == "maxpain":
            return answers.max_pain(header, now)
        if command in {"pcr", "straddle"}:
            day = await self._ledger.day(header["index_name"], header["expiry"], header["time"])
            return getattr(answers, command)(header, now, day)  # type: ignore[no-any-return]
        return answers.chain(header, now)

    async def _diff(self, wanted: Asked, name: str, expiry: date, now: datetime) -> Text:
        if len(wanted.times) != 2:
            return text("Say two times: /diff NIFTY 10:30 11:15")
        today = wall_time(now).date()
        if datetime.combine(today, max(wanted.times)) > wall_time(now):
            return text(f"It is not {max(wanted.times):%H:%M} yet.")
        shots = []
        for moment in sorted(wanted.times):
            until = floor_to_3min(datetime.combine(today, moment))
            shots.append(await self._ledger.snapshot(name, expiry, until))
        if any(shot is None for shot in shots):
            return text(f"No snapshot of {name} {expiry:%d %b} before {min(wanted.times):%H:%M} today.")
        return answers.difference(shots[0].seen, shots[1].seen, f"{name} {expiry:%d %b}")

    def _buttons(self, command: str, name: str, expiries: Sequence[date]) -> tuple[tuple[Button, ...], ...]:
        if command == "diff":
            return ()
        others = tuple((each, f"/{command} {each}") for each in self._indices)
        dates = tuple((f"{each:%d %b}", f"/{command} {name} {each}") for each in expiries[:4])
        return tuple(row for row in (others, dates) if len(row) > 1)
