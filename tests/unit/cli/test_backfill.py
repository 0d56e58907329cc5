"""`oi backfill`: what may be asked for, waiting for it, and what is told of it."""

from datetime import date

import pytest
import typer
from rich.console import Console
from rich.progress import Progress as Bars
from typer.testing import CliRunner

from oi_cli.backfill.command import checked
from oi_cli.backfill.holes import Holes, holes_of
from oi_cli.backfill.summary import after_lines, before_lines
from oi_cli.backfill.telling import BarTeller, PlainTeller
from oi_cli.backfill.waiting import Repair
from oi_cli.backfill.wishes import Refused, span, wishes
from oi_cli.exits import Exit
from oi_cli.main import app
from oi_cli.quality.ledger import Chain, Ledger
from oi_common.backfill import Progress
from oi_common.errors import Unavailable

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 20)
FAR = Chain("NIFTY", date(2026, 12, 1))


class TestWhatMayBeAskedFor:
    def test_one_day_or_from_and_to(self):
        assert span(MONDAY, None, None) == (MONDAY, MONDAY)
        assert span(None, MONDAY, None) == (MONDAY, MONDAY)
        assert span(None, MONDAY, FRIDAY) == (MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        ("given", "option"),
        [
            ((MONDAY, MONDAY, None), "--day"),
            ((None, FRIDAY, MONDAY), "--to"),
            ((None, None, MONDAY), "--from"),
            ((None, None, None), "--from"),
        ],
    )
    def test_anything_else_is_refused_by_the_options_name(self, given, option):
        with pytest.raises(Refused) as refused:
            span(*given)

        assert refused.value.option == option

    def test_days_without_trading_are_named_and_skipped(self):
        wanted = wishes(("NIFTY", "SENSEX"), FRIDAY, date(2026, 11, 25), date(2026, 11, 25))

        traded = (FRIDAY, date(2026, 11, 23), date(2026, 11, 25))
        assert wanted.days == {"NIFTY": traded, "SENSEX": traded}
        # a weekend, and Guru Nanak's birthday
        assert wanted.closed == (date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 24))

    def test_days_to_come_and_days_without_any_trading_are_refused(self):
        with pytest.raises(Refused, match="2026-11-20 is yet to come: today is 2026-11-17"):
            wishes(("NIFTY",), MONDAY, FRIDAY, TUESDAY)
        with pytest.raises(Refused, match="closed"):
            wishes(("NIFTY",), date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 25))

    def test_an_unknown_index_is_refused_with_those_there_are(self):
        with pytest.raises(typer.BadParameter, match=r"NIFTI is not an index we know; .*BANKNIFTY"):
            checked(["nifty", "nifti"], (MONDAY, None, None), ("NIFTY",), FRIDAY)

    def test_the_usual_indices_are_those_of_the_settings(self):
        assert set(checked(None, (MONDAY, None, None), ("NIFTY", "SENSEX"), FRIDAY).days) == {
            "NIFTY",
            "SENSEX",
        }
        assert set(checked(["nifty", "NIFTY"], (MONDAY, None, None), ("SENSEX",), FRIDAY).days) == {"NIFTY"}

    def test_without_redis_it_says_so(self, sqlite_url):
        environment = {"DATABASE_URL": sqlite_url, "REDIS_URL": "redis://127.0.0.1:1/0"}

        result = CliRunner().invoke(app, ["backfill", "--day", "2026-11-18"], env=environment)

        assert result.exit_code == Exit.AWAY
        assert "REDIS_URL" in result.stderr


class TestHoles:
    def test_they_are_the_buckets_of_the_session_that_nobody_polled_or_repaired(self, ledgers):
        ledger = ledgers.ledger(
            ledgers.header("09:15"),
            ledgers.header("09:18", polls=0, changed=0, reason=None, state="missing"),
            ledgers.header("09:21", polls=0, source="backfill"),
            ledgers.header("09:15", chain=FAR),
        )

        found = holes_of(ledger, "NIFTY", ledgers.at("23:00"))

        assert found == Holes({ledgers.nifty: 127, FAR: 128}, candles=126)
        assert found.total == 127 + 128 + 126
        assert holes_of(ledger, "NIFTY", ledgers.at("09:24")) == Holes({ledgers.nifty: 1, FAR: 0})

    def test_of_a_day_without_any_header_every_bucket_is_missing(self, ledgers):
        found = holes_of(Ledger(day=ledgers.day), "NIFTY", ledgers.at("23:00"))

        assert found == Holes(unknown=129, candles=129)
        assert found.of(ledgers.nifty) == 129


class Fake:
    """Desk, signs and time in one: each look at the reports is the next step of the script."""

    def __init__(self, *script, alive=("poller", "bucketer"), taken_after=0):
        self.script, self.alive = list(script), set(alive)
        self.asked, self.shown, self.now = {}, [], 0.0
        self.taken_after = taken_after

    async def ask(self, underlying, days):
        self.asked[underlying] = tuple(days)

    async def reports(self, _underlying):
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return {progress.day: progress for progress in step}

    async def is_alive(self, service, _underlying):
        return service in self.alive

    async def has_taken_all(self, _underlying):
        self.taken_after -= 1
        return self.taken_after < 0

    def show(self, reports, is_taken):
        self.shown.append((dict(reports), dict(is_taken)))

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds

    async def run(self, **days):
        repair = Repair(self, self, self, monotonic=self.monotonic, sleep=self.sleep)
        return await repair.run(days)


def report(state, day=MONDAY, **changes):
    return Progress(day=day, state=state, **changes)


class TestWaiting:
    async def test_it_asks_and_waits_until_the_bucketer_has_taken_what_was_published(self):
        last = report("published", told=3)
        fake = Fake([], [report("waiting")], [report("fetching")], [last], taken_after=2)

        reports = await fake.run(NIFTY=(MONDAY,))

        assert fake.asked == {"NIFTY": (MONDAY,)}
        assert reports == {("NIFTY", MONDAY): last}
        assert [taken["NIFTY"] for _, taken in fake.shown] == [False] * 5 + [True]

    async def test_every_day_must_have_its_last_word(self):
        done, late = report("published"), report("failed", TUESDAY, why="the broker is away")
        fake = Fake([done], [done, report("fetching", TUESDAY)], [done, late])

        reports = await fake.run(NIFTY=(MONDAY, TUESDAY))

        assert reports["NIFTY", TUESDAY].why == "the broker is away"
        assert len(fake.shown) == 3

    @pytest.mark.parametrize(
        ("script", "alive", "missing"),
        [
            ([], {"bucketer"}, "poller"),
            ([], {"poller"}, "bucketer"),
            ([], set(), "poller"),
            ([report("waiting")], {"poller"}, "bucketer"),
            ([report("fetching")], {"bucketer"}, "poller"),
            ([report("published")], {"poller"}, "bucketer"),
            ([report("failed")], {"poller"}, "bucketer"),
        ],
    )
    async def test_whoever_must_work_and_does_not_is_named_after_20_seconds(self, script, alive, missing):
        fake = Fake(script, alive=alive, taken_after=10_000)

        with pytest.raises(Unavailable, match=f"no {missing} works on NIFTY.*docker compose up -d {missing}"):
            await fake.run(NIFTY=(MONDAY,))

        assert 20 < fake.now < 22

    async def test_a_busy_poller_is_waited_for(self):
        fake = Fake(*[[]] * 100, [report("published")])

        await fake.run(NIFTY=(MONDAY,))

        assert fake.now == 50

    async def test_a_bucketer_is_not_needed_while_the_broker_is_asked(self):
        fake = Fake(
            [report("waiting")], *[[report("fetching")]] * 100, [report("published")], alive={"poller"}
        )

        await fake.run(NIFTY=(MONDAY,))

        assert fake.now > 20


class TestTelling:
    FETCHING = report("fetching", questions=164, answered=12)
    DONE = report("published", holes=40, told=38, candles=2, why="no open interest of some buckets")

    def test_plain_lines_tell_each_state_once_and_progress_every_few_seconds(self):
        console, now = Console(width=120, force_terminal=False), [0.0]
        teller = PlainTeller(console, monotonic=lambda: now[0])
        key = ("NIFTY", MONDAY)

        with console.capture() as captured:
            for at, told in (
                (0, report("waiting")),
                (1, self.FETCHING),
                (2, self.FETCHING),
                (7, self.FETCHING),
            ):
                now[0] = at
                teller.show({key: told}, {"NIFTY": False})
            for is_taken in (False, False, True):
                teller.show({key: self.DONE}, {"NIFTY": is_taken})

        assert captured.get().splitlines() == [
            "NIFTY Mon 16 Nov 2026: waiting until the bucketer has handled everything before",
            *["NIFTY: 12 of 164 questions answered"] * 2,
            "NIFTY Mon 16 Nov 2026: 38 of 40 buckets and 2 candles told (no open interest of some buckets)",
            "NIFTY: the bucketer takes it up",
        ]

    def test_a_bar_shows_the_answered_questions_of_each_index(self):
        bars = Bars(console=Console(force_terminal=False))
        teller = BarTeller(bars)
        said = []

        for told, is_taken in (
            ({}, False),
            ({("NIFTY", MONDAY): report("waiting")}, False),
            ({("NIFTY", MONDAY): self.FETCHING}, False),
            ({("NIFTY", MONDAY): self.DONE}, False),
            ({("NIFTY", MONDAY): self.DONE}, True),
        ):
            teller.show(told, {"NIFTY": is_taken})
            [bar] = bars.tasks
            said.append((bar.description, bar.completed, bar.total))

        assert said[2] == ("NIFTY: the broker is asked", 12, 164)
        assert [step for step, *_ in said] == [
            "NIFTY: waiting for the poller",
            "NIFTY: waiting for the bucketer",
            "NIFTY: the broker is asked",
            "NIFTY: the bucketer takes it up",
            "NIFTY: done",
        ]


def test_the_summary_tells_what_was_missing_what_is_repaired_and_why_the_rest_is_not(ledgers):
    near = ledgers.nifty
    before = {
        ("NIFTY", MONDAY): Holes({near: 12, FAR: 1}, candles=3),
        ("NIFTY", TUESDAY): Holes(unknown=129, candles=129),
    }
    after = {
        ("NIFTY", MONDAY): Holes({near: 0, FAR: 1}),
        ("NIFTY", TUESDAY): Holes({near: 0}, candles=2),
    }
    reports = {("NIFTY", MONDAY): report("published", why="the broker lists no contract of 01 Dec any more")}

    assert list(before_lines(before)) == [
        "Mon 16 Nov 2026  NIFTY 24 Nov: 12 buckets missing",
        "Mon 16 Nov 2026  NIFTY 1 Dec: 1 bucket missing",
        "Mon 16 Nov 2026  NIFTY: 3 candles missing",
        "Tue 17 Nov 2026  NIFTY: nothing is known of this day, 129 buckets",
        "Tue 17 Nov 2026  NIFTY: 129 candles missing",
    ]
    assert list(after_lines(before, after, reports)) == [
        "Mon 16 Nov 2026  NIFTY 24 Nov: 12 buckets were missing, 12 repaired, none missing now",
        (
            "Mon 16 Nov 2026  NIFTY 1 Dec: 1 bucket was missing, 0 repaired, "
            "1 still missing: the broker lists no contract of 01 Dec any more"
        ),
        "Mon 16 Nov 2026  NIFTY: 3 candles were missing, 3 repaired, none missing now",
        "Tue 17 Nov 2026  NIFTY 24 Nov: 129 buckets were missing, 129 repaired, none missing now",
        (
            "Tue 17 Nov 2026  NIFTY: 129 candles were missing, 127 repaired, 2 still missing: "
            "the broker did not tell it"
        ),
    ]
