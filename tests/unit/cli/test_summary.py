"""The numbers of a day."""

from oi_cli.quality.ledger import Gap
from oi_cli.quality.report import cells, rate, strikes
from oi_cli.quality.summary import longest_run, summarised


def test_a_run_is_broken_by_a_hole(ledgers):
    times = ("09:15", "09:18", "09:24", "09:27", "09:30")

    assert longest_run(ledgers.header(time) for time in times) == 3
    assert longest_run([]) == 0


def test_a_chain_is_summed_up_from_its_buckets(ledgers):
    ledger = ledgers.ledger(
        ledgers.header("09:15"),
        ledgers.header("09:18", candle_status="missing"),
        ledgers.header("09:21", changed=0, reason=None, polls=8),
        ledgers.header("09:24", state="saved", candle_status=None),
        gaps={ledgers.nifty: (Gap(3, is_repaired=False),)},
    )

    [summary] = summarised(ledger)

    assert (summary.buckets, summary.sealed, summary.longest_run) == (4, 3, 3)
    assert (summary.snapshots, summary.with_change, summary.without_change) == (3, 3, 1)
    assert (summary.gaps, summary.duplicates, summary.candles_missing) == (1, 0, 1)
    assert (summary.polls, summary.polls_seen, summary.polls_expected) == (35, 26, 27)
    assert summary.strikes == (41, 41)


def test_polls_per_minute_are_seen_and_expected(ledgers):
    [summary] = summarised(ledgers.ledger(ledgers.header("09:15", polls=8), ledgers.header("09:18", polls=9)))

    assert rate(summary.polls_per_minute) == "2.83 of 3.00"


def test_what_nobody_knows_is_a_dash(ledgers):
    [summary] = summarised(ledgers.ledger(ledgers.header(changed=0, reason=None)))

    assert summary.strikes is None
    assert strikes(None) == rate(None) == "-"
    assert "-" in cells(summary)
