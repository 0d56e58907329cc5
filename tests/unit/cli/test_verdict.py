"""What a demo's exit code rests on."""

from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from rich.console import Console

from oi_cli.demo.ending import buckets_said, show_outcome
from oi_cli.demo.picture import Counts
from oi_cli.demo.verdict import Outcome, reasons_against
from oi_common.market.sessions import session_on

COUNTS = Counts(ticks=100, polls=9, changes=3, snapshots=2)


def outcome(ledger, **changes):
    return Outcome(**{"ledger": ledger, "counts": COUNTS, "indices": ("NIFTY",), **changes})


def test_saved_and_sealed_buckets_are_what_a_demo_must_show(ledgers):
    assert reasons_against(outcome(ledgers.ledger(ledgers.header()))) == ()


def test_every_index_must_have_them(ledgers):
    reasons = reasons_against(outcome(ledgers.ledger(ledgers.header()), indices=("NIFTY", "BANKNIFTY")))

    assert reasons == ("BANKNIFTY: no snapshot was saved",)


def test_saved_but_never_sealed_is_not_enough(ledgers):
    ledger = ledgers.ledger(ledgers.header(state="saved", candle_status=None))

    assert reasons_against(outcome(ledger)) == ("NIFTY: no bucket was sealed",)


def test_dead_letters_faults_and_an_unfinished_bucketer_count_against_it(ledgers):
    ledger = ledgers.ledger(ledgers.header("09:15"), ledgers.header("09:18", reason=None))

    reasons = reasons_against(outcome(ledger, dead_reasons=["oi: is missing"] * 3, was_drained=False))

    assert len(reasons) == 3
    assert "an entry was buried: oi: is missing" in reasons
    assert any("nothing is saved" in reason for reason in reasons)


def test_a_simulated_day_must_have_its_candles_and_a_recording_cannot(ledgers):
    ledger = ledgers.ledger(ledgers.header(candle_status="missing"))

    assert reasons_against(outcome(ledger)) == ("NIFTY: 1 sealed buckets lack their candle",)
    assert reasons_against(outcome(ledger, is_recording=True)) == ()


def test_a_closed_day_saves_nothing_and_that_is_right(ledgers):
    closed = outcome(ledgers.ledger(), polls_outside=9, is_recording=True)

    assert closed.closed_because == "every one of the 9 polls was stamped outside the session"
    assert reasons_against(closed) == ()


def test_no_poll_at_all_is_no_closed_day(ledgers):
    silent = outcome(ledgers.ledger(), counts=Counts())

    assert silent.closed_because is None
    assert reasons_against(silent) == ("NIFTY: no snapshot was saved",)


def test_a_holiday_is_not_polled_and_that_is_right(ledgers):
    holiday = outcome(replace(ledgers.ledger(), day=date(2026, 11, 24)), counts=Counts(ticks=5))

    assert holiday.closed_because == "the market was closed on Tue 24 Nov 2026, so no chain was polled"
    assert reasons_against(holiday) == ()


def test_a_whole_day_must_have_every_bucket_of_its_session(ledgers):
    begun = ledgers.ledger(ledgers.header("09:15"), ledgers.header("09:18"))
    times = [f"{ledgers.at('09:15') + timedelta(minutes=3 * number):%H:%M}" for number in range(129)]
    whole = ledgers.ledger(*(ledgers.header(time) for time in times))

    assert reasons_against(outcome(begun)) == ()
    assert reasons_against(outcome(begun, was_whole=True)) == (
        "NIFTY 24 Nov: 2 of the day's 129 buckets are there",
    )
    assert reasons_against(outcome(whole, was_whole=True)) == ()


def test_where_only_ticks_are_watched_they_must_come(ledgers):
    watched = outcome(ledgers.ledger(), segment="NSE", counts=Counts(ticks=5))

    assert reasons_against(watched) == ()
    assert reasons_against(replace(watched, counts=Counts())) == ("no tick came",)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 17), "129 buckets for each chain, the last one cut short (09:15-15:40)"),
        (date(2026, 2, 1), "125 buckets for each chain (09:15-15:30)"),
        (date(2026, 8, 3), "129 buckets for each chain, the last one cut short (09:15-15:40)"),
        (date(2026, 7, 31), "125 buckets for each chain (09:15-15:30)"),
        (date(2024, 3, 2), "35 buckets for each chain (09:15-10:00 and 11:30-12:30)"),
        (
            date(2024, 5, 18),
            "34 buckets for each chain, the last one cut short (09:15-10:00 and 11:45-12:40)",
        ),
    ],
)
def test_the_summary_says_how_many_buckets_the_day_should_have(day, said):
    assert buckets_said(session_on("NFO", day)) == said


def test_the_summary_claims_nothing_of_chains_where_only_ticks_are_watched(ledgers):
    console = Console(file=StringIO(), width=200)

    code = show_outcome(console, outcome(ledgers.ledger(), segment="NSE", counts=Counts(ticks=5)))

    said = console.file.getvalue()
    assert code == 0
    assert "NSE is watched for its ticks alone" in said
    assert "bucket" not in said
