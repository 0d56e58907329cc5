"""The scorecard's writer over ticks, crashes and snapshots, without Redis and database."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

from oi_common.market.buckets import utc_naive
from paper_trader.core.offers import offer
from paper_trader.core.scoring import ScoringRules
from paper_trader.scoring import Scorer
from support.paper import TEN, after, done, spot, tick
from support.scoring import OutcomesInMemory, decision_row, said


def scorer(tables):
    return Scorer("NIFTY", tables, ScoringRules(timedelta(seconds=15), timedelta(minutes=10)))


def take(mine, *ticks):
    done(mine.on_ticks([(f"{n}-1", fields) for n, fields in enumerate(ticks)], TEN))


def score(mine, *rows):
    done(mine.score(rows, TEN))


def quiet(start, end, bid=100.0, every=10):
    """Return a tick every ten seconds, the bid always the same and the ask 0.10 above."""
    return [tick(after(at), bid=bid, ask=bid + 0.1, ltp=bid) for at in range(start, end, every)]


def entered(**changes):
    return decision_row("ENTER", **changes)


def test_a_decision_is_scored_at_every_horizon_and_along_its_path():
    tables = OutcomesInMemory()
    mine = scorer(tables)

    take(mine, *quiet(-10, 10))
    score(mine, entered())
    take(
        mine,
        *quiet(10, 180),
        tick(after(180), bid=104.0, ask=104.1),
        *quiet(190, 400),
        tick(after(400), bid=79.5, ask=80),
    )
    take(mine, *quiet(410, 1900, bid=90.0))

    assert tables.told() == {
        "3": (104.0, "horizon"), "6": (100.0, "horizon"), "15": (90.0, "horizon"), "30": (90.0, "horizon"),
        "path": (79.5, "stop"),
    }  # fmt: skip
    assert {row.entry_price for row in tables.rows.values() if row.engine == "rules"} == {Decimal("100.1")}
    assert tables.rows[entered()["event_id"], "always_wait", "path"].net == 0


def test_while_it_is_followed_an_entry_stands_unfinished():
    tables = OutcomesInMemory()
    mine = scorer(tables)

    take(mine, *quiet(-10, 10))
    score(mine, entered())

    assert tables.told() == dict.fromkeys(("3", "6", "15", "30", "path"), (None, None))


def test_a_decision_that_is_written_late_is_followed_from_its_own_moment():
    tables = OutcomesInMemory()
    mine = scorer(tables)

    take(mine, *quiet(-10, 60), tick(after(60), bid=70.0, ask=70.1), *quiet(70, 300))
    score(mine, entered())

    assert (tables.told()["path"], tables.told()["3"]) == ((70.0, "stop"), (100.0, "horizon"))


def test_a_decision_waits_until_the_ticks_before_its_moment_are_there():
    mine = scorer(OutcomesInMemory())
    slow = entered(decided_at=utc_naive(after(5)))

    take(mine, spot(after(6)))
    assert not mine.is_ready(slow)

    take(mine, spot(after(7)))
    assert mine.is_ready(slow)


def test_killed_anywhere_it_ends_with_the_same_outcomes():
    """Killed after each tick, and begun again from what the tables hold and from a cursor that lags behind."""
    row = entered(baselines={"coin_flip": said(stop_loss=95.0, target=110.0)})
    ticks = [
        *quiet(-10, 200),
        tick(after(200), bid=111.0, ask=111.1),
        *quiet(210, 700),
        *quiet(700, 2000, bid=60.0),
    ]
    whole = OutcomesInMemory()
    undisturbed = scorer(whole)
    take(undisturbed, *ticks[:3])
    score(undisturbed, row)
    take(undisturbed, *ticks[3:])

    for killed in range(3, len(ticks), 7):
        tables = OutcomesInMemory()
        mine = scorer(tables)
        take(mine, *ticks[:3])
        score(mine, row)
        take(mine, *ticks[3:killed])
        again, cursor = scorer(tables), max(killed - 5, 0)
        again.recall([("0-1", fields) for fields in ticks[:cursor]])
        again.resume(
            [row],
            [each for each in tables.rows.values() if each.decision == "ENTER" and not each.exit_reason],
        )
        take(again, *ticks[cursor:])
        assert {key: asdict(each) for key, each in tables.rows.items()} == {
            key: asdict(each) for key, each in whole.rows.items()
        }


def test_what_was_missed_is_taken_from_the_snapshots():
    # given: nobody read the ticks from 10:00:10 on, but there are snapshots of three buckets
    seen = [
        offer(after(at), bid, bid + 1, timedelta(minutes=3))
        for at, bid in ((170, 103), (350, 81), (530, 141))
    ]
    tables = OutcomesInMemory(*seen)
    mine = scorer(tables)

    # when
    take(mine, *quiet(-10, 10))
    score(mine, entered())
    take(mine, *quiet(700, 720), *quiet(890, 920))

    # then
    assert tables.told() | {"30": None} == {
        "3": (103.0, "horizon"), "6": (81.0, "horizon"), "15": (100.0, "horizon"), "30": None, "path": (141.0, "target"),
    }  # fmt: skip


def test_what_nobody_saw_is_unknown():
    tables = OutcomesInMemory()
    mine = scorer(tables)

    take(mine, *quiet(-10, 10))
    score(mine, entered())
    take(mine, *quiet(700, 720), *quiet(890, 920))

    assert tables.told() | {"30": None} == {
        "3": (None, "unknown"), "6": (None, "unknown"), "15": (100.0, "horizon"), "30": None, "path": (None, "unknown"),
    }  # fmt: skip


def test_where_nobody_sells_nothing_could_be_bought():
    tables = OutcomesInMemory(offer(after(-60), 98, 99, timedelta(minutes=3)))
    mine = scorer(tables)

    take(mine, tick(after(-1), bid=100.0, ask=0.0), spot(after(5)))
    score(mine, entered())

    assert set(tables.told().values()) == {(None, "unknown")}


def test_a_market_that_falls_silent_ends_what_is_due():
    tables = OutcomesInMemory()
    mine = scorer(tables)
    take(mine, *quiet(-10, 180))
    score(mine, entered())

    done(mine.on_silence(after(185), TEN))

    assert (tables.told()["3"], tables.told()["6"]) == ((100.0, "horizon"), (None, None))


def test_scoring_twice_writes_the_same_again():
    tables = OutcomesInMemory()
    mine = scorer(tables)
    take(mine, *quiet(-10, 400))
    score(mine, entered(), decision_row("WAIT", at=after(1)))
    before = dict(tables.rows)

    score(mine, entered(), decision_row("WAIT", at=after(1)))

    assert tables.rows == before
