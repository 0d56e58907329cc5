"""Contracts that are held to their end."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from oi_common.market.buckets import IST
from paper_trader.core.rules import Rules
from support.paper import EXPIRY, Paper, after, decision, done, spot, tick

MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=IST)
INDEX_CLOSES = datetime(2026, 11, 23, 15, 30, tzinfo=IST)
CLOSE = datetime(2026, 11, 23, 15, 40, tzinfo=IST)
NEXT_DAY = datetime(2026, 11, 25, 9, 15, 1, tzinfo=IST)
TO_THE_END = Rules(trail_by=None, hold=None, square_off=None)


def held_to_the_end(side="CE"):
    paper = Paper(TO_THE_END)
    paper.ticks(spot(MORNING), tick(MORNING, side=side))
    paper.decides(decision(at=MORNING, side=side, stop_loss=None, target=None))
    return paper


@pytest.mark.parametrize(("side", "worth"), [("CE", "12.4"), ("PE", "0")])
def test_one_is_settled_at_what_the_index_closed_at(side, worth):
    paper = held_to_the_end(side)
    paper.ticks(spot(INDEX_CLOSES - timedelta(seconds=1), 24500.0), spot(INDEX_CLOSES, 24512.4))

    paper.ticks(spot(CLOSE + timedelta(minutes=9), 24512.4))
    assert paper.exits == []
    paper.ticks(spot(CLOSE + timedelta(minutes=10), 24512.4))

    [fill] = paper.exits
    assert (fill.reason, fill.price, fill.at) == ("expiry", Decimal(worth), CLOSE)
    assert fill.note == "intrinsic value at 24512.4"
    assert fill.cost.tax == 65 * Decimal(worth) * Decimal("0.0015")


def test_one_is_settled_when_no_tick_comes_any_more():
    paper = held_to_the_end()
    paper.ticks(spot(INDEX_CLOSES, 24512.4))

    done(paper.trader.on_idle(CLOSE + timedelta(minutes=9)))
    assert paper.exits == []
    done(paper.trader.on_idle(CLOSE + timedelta(minutes=10)))

    assert [fill.price for fill in paper.exits] == [Decimal("12.4")]
    assert [event.action for event in paper.journal.published] == ["ENTER", "EXIT"]


def test_the_next_days_index_settles_nothing():
    paper = held_to_the_end()
    paper.ticks(spot(INDEX_CLOSES, 24512.4))

    paper.ticks(spot(NEXT_DAY, 25000.0))

    assert [fill.price for fill in paper.exits] == [Decimal("12.4")]


def test_without_the_closing_value_among_the_ticks_the_days_last_candle_tells_it():
    paper = held_to_the_end()
    paper.tables.closing = Decimal("24510.10")

    paper.ticks(spot(NEXT_DAY, 25000.0))

    assert [fill.price for fill in paper.exits] == [Decimal("10.10")]


def test_without_any_closing_value_nothing_is_invented():
    paper = held_to_the_end()

    paper.ticks(spot(INDEX_CLOSES - timedelta(minutes=4), 24512.4), spot(NEXT_DAY, 25000.0))

    assert paper.exits == []
    assert len(paper.desk.book.positions) == 1


def test_one_that_expires_today_is_squared_off_like_any_other():
    paper = Paper()
    paper.enters(MORNING)
    assert paper.desk.book.positions[0].expiry == EXPIRY

    paper.ticks(tick(after(0, since=CLOSE - timedelta(minutes=10))))

    assert [fill.reason for fill in paper.exits] == ["square_off"]


def test_one_whose_expiry_turned_out_to_be_a_holiday_ended_on_the_trading_day_before():
    paper = Paper(TO_THE_END)
    holiday = date(2026, 11, 24)
    paper.ticks(spot(MORNING), tick(MORNING, expiry=holiday))
    paper.decides(decision(at=MORNING, expiry=holiday, stop_loss=None, target=None))

    paper.ticks(spot(INDEX_CLOSES, 24512.4), spot(NEXT_DAY, 25000.0))

    assert [(fill.price, fill.at) for fill in paper.exits] == [(Decimal("12.4"), CLOSE)]
