"""The scorecard's writer for one underlying: follows what every decision would have brought.

It reads the ticks on its own, beside the trader. An entry stands in the table, unfinished, before the reading goes on
past its moment, and its end before the reading goes on past that: so a crash at any line loses nothing that the ticks
or the snapshots can still tell, and doing something twice writes the same again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from paper_trader import metrics
from paper_trader.core.offers import LatestOffers, at_moment, told
from paper_trader.core.opinions import Opinion, moment_of, opinions
from paper_trader.core.scoring import Outcome, ScoringRules, begun, ended, nothing_done, watches
from paper_trader.core.watching import LATE, ContractWatch, Ended, Key, Offer, Watch

Tick = tuple[str, Mapping[str, str]]
Contract = tuple[date, int, str]
Row = dict[str, Any]

_FRESH: Final = timedelta(minutes=1)  # longer without a tick: ask the snapshots, too
_MOST: Final = 50_000  # entries that are followed at a time; more have to wait


class Store(Protocol):
    """The tables."""

    async def write(self, outcomes: Sequence[Outcome], scored_at: datetime) -> None: ...

    async def snapshot_offers(self, contract: Contract, after: datetime, until: datetime) -> list[Offer]: ...


class Scorer:
    """Keeps the watches of one underlying. `clock` is that of the ticks, None before the first."""

    def __init__(self, partition: str, store: Store, rules: ScoringRules) -> None:
        self._partition = partition
        self._store = store
        self._rules = rules
        self.clear()

    def clear(self) -> None:
        self.clock: datetime | None = None
        self._latest = LatestOffers()
        self._contracts: dict[str, ContractWatch] = {}
        self._names: dict[str, Contract] = {}
        self._followed: dict[Key, Outcome] = {}

    @property
    def has_room(self) -> bool:
        return len(self._followed) < _MOST

    def recall(self, ticks: Iterable[Tick]) -> None:
        """Take note of ticks that were judged before a restart, for what they say of the moment."""
        for _, fields in ticks:
            self._note(fields)

    def resume(self, rows: Sequence[Row], pending: Sequence[Outcome]) -> None:
        """Go on following the entries that the tables hold unfinished."""
        outcomes = {outcome.key: outcome for outcome in pending}
        for opinion in (each for row in rows for each in opinions(row) if each.enters):
            for watch in watches(opinion, self._rules.square_off):
                if watch.key in outcomes:
                    self._follow(opinion, watch, outcomes[watch.key])

    def is_ready(self, row: Row) -> bool:
        """Say whether all ticks that came before a decision could be acted upon have been seen."""
        return self.clock is not None and moment_of(row) + LATE <= self.clock

    async def score(self, rows: Sequence[Row], now: datetime) -> None:
        """Score what is known at once, and begin to follow the entries."""
        outcomes: list[Outcome] = []
        watched: list[tuple[Opinion, Watch]] = []
        for opinion in (each for row in rows for each in opinions(row)):
            if not opinion.enters:
                outcomes.append(nothing_done(opinion))
                continue
            found, still = await self._begun(opinion)
            outcomes += found
            watched += [(opinion, watch) for watch in still]
        if outcomes:
            await self._store.write(outcomes, now)
            metrics.SCORED.labels(self._partition).inc(sum(each.net is not None for each in outcomes))
        by_key = {outcome.key: outcome for outcome in outcomes}
        for opinion, watch in watched:
            self._follow(opinion, watch, by_key[watch.key])
        self._show()

    async def on_ticks(self, ticks: Iterable[Tick], now: datetime) -> None:
        """Judge ticks, and write what has ended by them."""
        ends: list[Ended] = []
        for _, fields in ticks:
            contract, offer = self._note(fields)
            watched = self._contracts.get(contract) if contract else None
            if contract is not None and offer is not None and watched is not None:
                ends += await self._fill_gap(contract, watched, offer.at)
                ends += watched.on_offer(offer)
        await self._end(ends, now)
        if self.clock is not None:
            await self.on_clock(self.clock, now)

    async def on_clock(self, clock: datetime, now: datetime) -> None:
        """End what is due by a moment, also when its contract does not trade any more."""
        ends: list[Ended] = []
        for contract, watched in self._contracts.items():
            if watched.is_due(clock):
                ends += await self._fill_gap(contract, watched, clock - LATE)
                ends += watched.on_clock(clock)
        await self._end(ends, now)

    async def on_silence(self, clock: datetime, now: datetime) -> None:
        """Let the time go on without ticks."""
        self.clock = max(self.clock or clock, clock)
        await self.on_clock(self.clock, now)

    def _note(self, fields: Mapping[str, str]) -> tuple[str | None, Offer | None]:
        said = told(fields, self._rules.good_for)
        if said is None:
            return None, None
        self.clock = max(self.clock or said.at, said.at)
        if said.contract is not None:
            self._latest.keep(said.contract, said.offer)
        return said.contract, said.offer

    async def _begun(self, opinion: Opinion) -> tuple[list[Outcome], list[Watch]]:
        """Return the outcomes of an entry as far as they are known, and what of it is to be watched."""
        asked = watches(opinion, self._rules.square_off)
        offers = await self._offers_of(opinion) if asked else []
        entry = at_moment(offers, opinion.moment)
        outcomes = {each.key: each for each in begun(opinion, entry.ask if entry else None)}
        if entry is None or entry.ask is None:
            return list(outcomes.values()), []
        watched = ContractWatch(entry)
        for watch in asked:
            watched.add(watch)
        for offer in offers:
            for end in watched.on_offer(offer) if offer.at > opinion.moment else ():
                outcomes[end.watch.key] = self._ended(outcomes[end.watch.key], end)
        return list(outcomes.values()), list(watched.open)

    async def _offers_of(self, opinion: Opinion) -> list[Offer]:
        """Return a contract's offers around a moment and since; snapshots tell what is older than our ticks."""
        ticks = list(self._latest.of(str(opinion.contract)))
        if at_moment(ticks, opinion.moment) is not None:
            return ticks
        named = _named(opinion)
        later = [offer for offer in ticks if offer.at > opinion.moment]
        first = later[0].at if later else max(self.clock or opinion.moment, opinion.moment)
        since = opinion.moment - timedelta(minutes=3)
        return [*await self._store.snapshot_offers(named, since, first), *later]

    async def _fill_gap(self, contract: str, watched: ContractWatch, until: datetime) -> list[Ended]:
        seen = watched.seen_until
        if seen is None or until - seen <= _FRESH or not len(watched):
            return []
        offers = await self._store.snapshot_offers(self._names[contract], seen, until)
        return [end for offer in offers for end in watched.on_offer(offer)]

    def _follow(self, opinion: Opinion, watch: Watch, outcome: Outcome) -> None:
        contract = str(opinion.contract)
        if contract not in self._contracts:
            offers = self._latest.of(contract)
            self._contracts[contract] = ContractWatch(offers[-1] if offers else None)
            self._names[contract] = _named(opinion)
        self._contracts[contract].add(watch)
        self._followed[watch.key] = outcome

    async def _end(self, ends: Sequence[Ended], now: datetime) -> None:
        outcomes = [self._ended(self._followed[end.watch.key], end) for end in ends]
        if not outcomes:
            return
        await self._store.write(outcomes, now)
        for outcome in outcomes:
            del self._followed[outcome.key]
        for contract in [name for name, watched in self._contracts.items() if not len(watched)]:
            del self._contracts[contract]
        metrics.SCORED.labels(self._partition).inc(len(outcomes))
        self._show()

    def _ended(self, outcome: Outcome, end: Ended) -> Outcome:
        return ended(outcome, end, end.watch.since.date(), self._rules.brokerage)

    def _show(self) -> None:
        metrics.FOLLOWED.labels(self._partition).set(len(self._followed))


def _named(opinion: Opinion) -> Contract:
    if opinion.expiry is None or opinion.strike is None or opinion.side is None:
        raise AssertionError("what is watched has a contract")
    return opinion.expiry, opinion.strike, opinion.side
