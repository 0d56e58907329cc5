"""Each kind of work the poller does, once it is due."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog

from oi_common.broker.errors import NoData, WrongCredentials
from oi_common.clock import Clock
from oi_common.errors import OiError, Unavailable
from oi_common.market.sessions import session_on
from oi_common.market.underlyings import segment_of
from poller.core.candles import Candles, retry_at
from poller.core.plan import Job, Work, closed_buckets
from poller.core.reading import ChainRead, why_spoilt
from poller.core.window import Window, widened, window_over
from poller.facts import candle_closed, chain_polled, greeks_fetched
from poller.metrics import CANDLES, GREEKS, POLLS
from poller.ports import Broker, Library, Outbox, Windows

_RETRY_POLL_AFTER = timedelta(seconds=2)
_RETRY_PREPARING_AFTER = timedelta(minutes=1)

Jobs = tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class PollRules:
    """How much is polled, and how often."""

    every: timedelta
    strikes_around: int


class Poller:
    """Does one job at a time and says what is to be tried again."""

    def __init__(
        self,
        rules: PollRules,
        clock: Clock,
        broker: Broker,
        library: Library,
        outbox: Outbox,
        windows: Windows,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._broker = broker
        self._library = library
        self._outbox = outbox
        self._windows = windows
        self._candles: dict[tuple[str, date], Candles] = {}
        self._log = structlog.get_logger()

    async def work_on(self, job: Job) -> Jobs:
        """Do the job; return the jobs to try it again with. Raises WrongCredentials: nothing will work then."""
        match job.work:
            case Work.PREPARE:
                return await self._prepare(job)
            case Work.POLL:
                return await self._poll(job)
            case Work.CANDLES:
                return await self._tell_candles(job)
            case Work.GREEKS:
                return await self._fetch_greeks(job)
            case Work.REPAIR:
                raise ValueError("repairs are not the poller's: see poller.repairs")

    async def _prepare(self, job: Job) -> Jobs:
        try:
            await self._library.reload()
        except Unavailable as e:
            self._log.warning("master.missing", error=str(e))
            return (job.again(self._clock.now() + _RETRY_PREPARING_AFTER),)
        self._candles.clear()
        return ()

    async def _poll(self, job: Job) -> Jobs:
        expiry = self._expiry(job)
        if expiry is None:
            return ()
        try:
            spoilt = await self._publish_poll(job, expiry)
        except WrongCredentials:
            raise
        except OiError as e:
            return self._poll_again(job, "failed", str(e))
        if spoilt is not None:
            return self._poll_again(job, "spoilt", spoilt)
        POLLS.labels(job.underlying, "published").inc()
        return ()

    def _poll_again(self, job: Job, outcome: str, why: str) -> Jobs:
        """Return the one further attempt within the slot, if there still is time for one."""
        due = self._clock.now() + _RETRY_POLL_AFTER
        is_last = job.attempt > 0 or due >= job.about + self._rules.every
        if is_last:
            POLLS.labels(job.underlying, outcome).inc()
        self._log.warning(
            f"poll.{outcome}",
            underlying=job.underlying,
            slot=job.about,
            rank=job.rank,
            error=why,
            last=is_last,
        )
        return () if is_last else (job.again(due),)

    async def _publish_poll(self, job: Job, expiry: date) -> str | None:
        """Poll the chain and publish it; return why it must not be published, if so."""
        instruments, day = self._library.instruments, job.about.date()
        chain, basis = instruments.chain(job.underlying, expiry), instruments.basis(job.underlying, expiry)
        spot_key, ends = (basis.exchange, basis.token), job.about + self._rules.every
        window = await self._windows.load(job.underlying, expiry, day)
        if window is None:
            first = await self._broker.quotes([spot_key], before=ends)
            spot = first.quotes.get(spot_key)
            if spot is None or spot.ltp is None:
                return "no spot to find the strikes around"
            window = self._around(job.underlying, expiry, spot.ltp)
        if window is None:
            return "the chain has no strikes"
        tracked = {contract: row for contract, row in chain.items() if window.holds(contract)}
        keys = [spot_key, *((row.exchange, row.token) for row in tracked.values())]
        read = await self._broker.quotes(keys, before=ends)
        poll = ChainRead(
            spot=read.quotes.get(spot_key),
            quotes={c: q for c, row in tracked.items() if (q := read.quotes.get((row.exchange, row.token)))},
        )
        if spoilt := why_spoilt(poll, _opened(job)):
            return spoilt
        await self._outbox.send(chain_polled(job, expiry, poll, tracked, read.asked_at), job.underlying)
        if poll.spot is not None and poll.spot.ltp is not None:
            window = widened(window, self._around(job.underlying, expiry, poll.spot.ltp)) or window
        await self._windows.save(job.underlying, expiry, day, window)
        return None

    def _around(self, underlying: str, expiry: date, spot: float) -> Window | None:
        near = self._library.instruments.around(underlying, expiry, spot, self._rules.strikes_around)
        return window_over(near)

    async def _tell_candles(self, job: Job) -> Jobs:
        # A retry asks for what its first attempt asked for: newer buckets have jobs of their own.
        until = self._clock.now() if job.attempt == 0 else job.about
        candles = self._candles.setdefault((job.underlying, until.date()), Candles())
        missing = candles.missing(closed_buckets(job.underlying, until))
        if not missing:
            return ()
        try:
            leading = self._library.instruments.leading(job.underlying, until.date())
            found = await self._broker.candles(leading, missing[0], missing[-1])
            for candle in found:
                if candle.start in missing:
                    await self._outbox.send(candle_closed(job.underlying, candle), job.underlying)
                    candles.told(candle.start)
                    CANDLES.labels(job.underlying, "published").inc()
        except WrongCredentials:
            raise
        except OiError as e:
            self._log.warning("candles.failed", underlying=job.underlying, error=str(e))
        return self._candles_again(replace(job, about=until), candles)

    def _candles_again(self, job: Job, candles: Candles) -> Jobs:
        now = self._clock.now()
        missing = candles.missing(closed_buckets(job.underlying, job.about))
        if given_up := candles.give_up(missing, now):
            CANDLES.labels(job.underlying, "given_up").inc(len(given_up))
            self._log.warning(
                "candles.given_up", underlying=job.underlying, buckets=[str(bucket) for bucket in given_up]
            )
        return (job.again(retry_at(now, job.attempt)),) if candles.missing(missing) else ()

    async def _fetch_greeks(self, job: Job) -> Jobs:
        expiry = self._expiry(job)
        if expiry is None:
            return ()
        asked_at = self._clock.now()
        try:
            rows = await self._broker.greeks(job.underlying, expiry)
        except WrongCredentials:
            raise
        except NoData:
            GREEKS.labels(job.underlying, "none").inc()
            return ()
        except OiError as e:
            GREEKS.labels(job.underlying, "failed").inc()
            self._log.warning("greeks.failed", underlying=job.underlying, expiry=str(expiry), error=str(e))
            return ()
        await self._outbox.send(greeks_fetched(job, expiry, asked_at, rows), job.underlying)
        GREEKS.labels(job.underlying, "published").inc()
        return ()

    def _expiry(self, job: Job) -> date | None:
        """Return the job's chain: the rank-th expiry that still trades on the job's day."""
        expiries = self._library.instruments.expiries(job.underlying, on=job.about.date())
        return expiries[job.rank] if job.rank < len(expiries) else None


def _opened(job: Job) -> datetime:
    session = session_on(segment_of(job.underlying), job.about.date())
    return session.opens if session is not None else job.about
