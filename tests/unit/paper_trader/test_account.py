"""Cash, equity and what a restart takes up."""

from datetime import datetime
from decimal import Decimal

import pytest

from oi_common.errors import Unavailable, Unprocessable
from oi_common.market.buckets import IST
from paper_trader import metrics
from paper_trader.core.rules import Rules
from support.paper import TEN, Paper, after, decision, done, spot, tick


def at_bucket(hour, minute):
    return datetime(2026, 11, 20, hour, minute, tzinfo=IST)


def test_what_the_cash_lacks_is_what_was_paid():
    paper = Paper()

    paper.enters()

    [event] = paper.journal.published
    assert paper.desk.book.cash == Decimal(100_000) - 65 * Decimal("100.10") - Decimal(str(event.charges))


def test_the_equity_is_written_at_each_fill_and_each_buckets_end():
    paper = Paper()
    paper.enters()

    paper.ticks(tick(after(60), 110.0, 109.5, 110.5), spot(after(179)), spot(after(180)), spot(after(360)))

    equity = paper.tables.equity
    assert list(equity) == [at_bucket(10, 0), at_bucket(10, 3)]
    assert equity[at_bucket(10, 0)].open_value == 65 * Decimal("109.5")
    assert equity[at_bucket(10, 0)].total == paper.desk.book.cash + 65 * Decimal("109.5")
    assert equity[at_bucket(10, 0)].at == after(179)


def test_no_equity_is_written_for_a_bucket_outside_the_session():
    paper = Paper()

    paper.ticks(spot(at_bucket(9, 0)), spot(at_bucket(9, 3)), spot(at_bucket(9, 15)), spot(at_bucket(9, 18)))

    assert list(paper.tables.equity) == [at_bucket(9, 15)]


def test_a_restart_knows_cash_position_and_trailed_stop():
    paper = Paper(Rules(hold=None))
    paper.enters(target=None)
    paper.ticks(tick(after(1), 130.0), spot(after(2)))
    before = paper.desk.book.cash, paper.desk.book.positions, paper.trader.cursor

    paper.restart()

    assert (paper.desk.book.cash, paper.desk.book.positions, paper.trader.cursor) == before
    assert paper.desk.book.positions[0].marks.stop == Decimal("109.90")


def test_a_redis_that_lost_everything_leaves_cash_and_positions():
    paper = Paper()
    paper.enters()
    cash = paper.desk.book.cash
    paper.journal.version, paper.journal.text = 0, None

    done(paper.trader.restore())

    assert paper.desk.book.cash == cash
    assert [position.trade_id for position in paper.desk.book.positions] == list(paper.tables.open)
    # Nobody knows whether the last fill was published: consumers know repeats by their event_id.
    assert [event.event_id for event in paper.journal.published] == [paper.journal.published[0].event_id] * 2


def test_a_memory_of_another_shape_is_rebuilt_from_the_tables():
    paper = Paper()
    paper.enters()
    paper.journal.text = '{"cursor": 7}'

    done(paper.trader.restore())

    assert len(paper.desk.book.positions) == 1
    assert paper.trader.cursor == "0-0"


def test_a_fill_that_is_in_the_tables_alone_is_published_by_the_restart_once():
    # given: the crash comes between the tables and Redis
    paper = Paper()
    paper.enters()

    async def crash(*_):
        raise Unavailable("struck down")

    writes, paper.journal.write = paper.journal.write, crash
    with pytest.raises(Unavailable):
        paper.ticks(tick(after(1), 70.0))
    assert len(paper.journal.published) == 1
    paper.journal.write = writes

    # when: it starts again and reads the tick again
    done(paper.trader.restore())
    paper.ticks(tick(after(1), 70.0))
    done(paper.trader.restore())

    # then
    assert [event.action for event in paper.journal.published] == ["ENTER", "EXIT"]
    assert [fill.action for _, fill in paper.tables.trades] == ["ENTER", "EXIT"]


def test_ticks_that_make_no_sense_are_counted_and_skipped():
    paper = Paper()
    paper.enters()
    before = metrics.SKIPPED.labels("NIFTY")._value.get()

    paper.ticks(
        {**tick(after(1)), "ltp": "much"},
        {**spot(after(1)), "exchange_time": "noon"},
        tick(after(2), 0.0, 1.0, 2.0),
    )

    assert metrics.SKIPPED.labels("NIFTY")._value.get() == before + 3
    assert paper.exits == []


def test_ticks_of_contracts_that_nobody_holds_are_not_read():
    paper = Paper()
    before = metrics.SKIPPED.labels("NIFTY")._value.get()

    paper.ticks({**tick(), "ltp": "much"})

    assert metrics.SKIPPED.labels("NIFTY")._value.get() == before


def test_a_decision_of_another_underlying_can_never_be_followed():
    with pytest.raises(Unprocessable, match="BANKNIFTY"):
        Paper().decides(decision(at=TEN, index_name="BANKNIFTY"))
