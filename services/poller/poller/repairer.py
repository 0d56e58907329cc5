"""Carrying one repair forward: a question to the broker, the next chain's buckets onto the stream, a report."""

from datetime import date, datetime, timedelta
from typing import Final, Literal

import structlog

from oi_common.backfill import Progress
from oi_common.broker.errors import NoData, SessionExpired, Throttled, WrongCredentials
from oi_common.clock import Clock
from oi_common.errors import OiError
from poller.core.reading import CandleRead
from poller.core.repair import Question, fed_at, quotes_at
from poller.core.run import Answer, ChainPart, Run, parts_of, session_of
from poller.core.window import Window, widened, window_over
from poller.facts import candle_closed, chain_backfilled
from poller.metrics import REPAIRS
from poller.ports import Answers, Broker, Desk, Ledger, Library, Outbox, Windows

_GIVES_UP_AFTER: Final = 8  # failures of one question in a row; being throttled is none
_FIRST_RETRY: Final = timedelta(seconds=2)
_LONGEST_RETRY: Final = timedelta(minutes=1)


class Repairer:
    """Works on runs that somebody else has begun. Each step sends at most one request.

    `apart` lies between two requests: repairs leave most of the broker's history limit to the live candles.
    """

    def __init__(
        self,
        clock: Clock,
        broker: Broker,
        library: Library,
        outbox: Outbox,
        windows: Windows,
        ledger: Ledger,
        answers: Answers,
        desk: Desk,
        *,
        strikes_around: int,
        apart: timedelta,
    ) -> None:
        self._clock = clock
        self._broker = broker
        self._library = library
        self._outbox = outbox
        self._windows = windows
        self._ledger = ledger
        self._answers = answers
        self._desk = desk
        self._strikes_around = strikes_around
        self._apart = apart
        self._log = structlog.get_logger()

    async def advance(self, run: Run) -> datetime:
        """Do the next thing of a run that is not finished; return when the one after it is due."""
        question = run.next_question
        if question is not None:
            return await self._ask(run, question)
        if run.parts:
            await self._tell_chain(run, run.parts.popleft())
        if not run.parts:
            await self._finish(run)
        return self._clock.now()

    async def _ask(self, run: Run, question: Question) -> datetime:
        """Ask one thing; return when the next may be asked. What was answered before a crash is not asked again."""
        answer = await self._answers.load(run.underlying, question)
        due = self._clock.now()
        if answer is None:
            try:
                answer = await self._fetch(question)
            except WrongCredentials:
                raise
            except OiError as e:
                return await self._failed(run, question, e)
            await self._answers.keep(run.underlying, question, answer)
            due += self._apart
        if question in run.index:
            await self._take_index(run, answer)
        else:
            run.answers[question.name] = answer
        run.answered, run.failures = run.answered + 1, 0
        await self._report(run, "fetching")
        return due

    async def _fetch(self, question: Question) -> Answer:
        try:
            if question.kind == "oi":
                return await self._broker.oi_history(question.row, question.first, question.last)
            candles = await self._broker.candles(question.row, question.first, question.last)
        except NoData:
            return {}
        return {candle.start: candle for candle in candles}

    async def _failed(self, run: Run, question: Question, error: OiError) -> datetime:
        """Try the same question again later: one that was throttled never becomes an empty answer."""
        run.failures += 1
        self._log.warning(
            "repair.failed",
            underlying=run.underlying,
            asked=question.name,
            error=str(error),
            times=run.failures,
        )
        if run.failures >= _GIVES_UP_AFTER and not isinstance(error, (Throttled, SessionExpired)):
            run.why["broker"] = str(error)
            await self._finish(run)
        return self._clock.now() + min(_FIRST_RETRY * (1 << min(run.failures - 1, 8)), _LONGEST_RETRY)

    async def _take_index(self, run: Run, answer: Answer) -> None:
        """Tell the index's candles; with the last of them, plan what is asked about the chains.

        What may have to wait comes first: then the answer is taken once more, as if for the first time.
        """
        run.spot.update({start: candle for start, candle in answer.items() if isinstance(candle, CandleRead)})
        is_last = len(run.index) == 1
        windows = {expiry: await self._window(run, expiry) for expiry in run.holes.expiries if is_last}
        run.index.popleft()
        if is_last:
            await self._tell_candles(run)
        for expiry, window in windows.items():
            parts = parts_of(run, self._library.instruments, expiry, window)
            if not parts:
                run.why[str(expiry)] = f"the broker lists no contract of {expiry:%d %b %Y} any more"
            run.parts.extend(parts)
            run.questions += sum(len(part.questions) for part in parts)

    async def _tell_candles(self, run: Run) -> None:
        for bucket in run.holes.candles:
            if (candle := run.spot.get(bucket)) is not None:
                event = candle_closed(run.underlying, candle, told_at=run.opened_at)
                await self._outbox.send(event, run.underlying)
                run.candles[bucket.date()] = run.candles.get(bucket.date(), 0) + 1

    async def _window(self, run: Run, expiry: date) -> Window | None:
        """Return the strikes to repair: those of the days' rows and polls, and those around the money of the holes.

        A strike may have been polled without leaving a row or a window behind.
        """
        holes = run.holes.of(expiry)
        window = None
        for day in {bucket.date() for bucket in holes}:
            window = widened(window, await self._ledger.window(run.underlying, expiry, day))
            window = widened(window, await self._windows.load(run.underlying, expiry, day))
        closes = [run.spot[bucket].close for bucket in holes if bucket in run.spot]
        for spot in {min(closes), max(closes)} if closes else ():
            near = self._library.instruments.around(run.underlying, expiry, spot, self._strikes_around)
            window = widened(window, window_over(near))
        return window

    async def _tell_chain(self, run: Run, part: ChainPart) -> None:
        """Publish every bucket of which the broker has told some OI."""
        told = run.told_of(part)
        basis = self._library.instruments.priced_by(next(iter(part.rows.values())))
        for bucket in part.buckets:
            session = session_of(run.underlying, bucket)
            quotes = quotes_at(bucket, session, told)
            if not any(quote.oi is not None for quote in quotes.values()):
                run.why[str(part.expiry)] = "the broker has no open interest of some buckets"
                continue
            # Of a commodity, chains of other months are priced by other futures.
            is_basis = basis is not None and basis == run.bases.get(bucket.date())
            spot = run.spot.get(bucket) if is_basis else None
            event = chain_backfilled(
                run.underlying,
                part,
                bucket,
                quotes,
                fed_at=fed_at(bucket, session),
                spot=spot.close if spot else None,
                told_at=run.opened_at,
            )
            await self._outbox.send(event, run.underlying)
            run.told[bucket.date()] = run.told.get(bucket.date(), 0) + 1
            REPAIRS.labels(run.underlying).inc()
        for question in part.questions:
            del run.answers[question.name]

    async def _finish(self, run: Run) -> None:
        if "broker" in run.why:
            await self._report(run, "failed")
        else:
            await self._report(run, "published")
            await self._answers.forget(run.underlying)
        run.is_finished = True
        self._log.info(
            "repair.finished", underlying=run.underlying, told=sum(run.told.values()), why=run.why or None
        )

    async def _report(self, run: Run, state: Literal["fetching", "published", "failed"]) -> None:
        """Tell whoever wished for one of the days how far it is."""
        wished = await self._desk.asked(run.underlying)
        for day in (day for day in run.days if day in wished):
            progress = Progress(
                day=day,
                state=state,
                questions=run.questions,
                answered=run.answered,
                holes=run.holes.on(day),
                told=run.told.get(day, 0),
                candles=run.candles.get(day, 0),
                why="; ".join(run.why.values()) or None,
            )
            await self._desk.report(run.underlying, progress)
