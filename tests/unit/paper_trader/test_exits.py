"""When a position is closed, by examples."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from oi_common.market.buckets import IST
from paper_trader.core.rules import Rules
from support.paper import TEN, Paper, after, decision, done, spot, tick

CLOSE = datetime(2026, 11, 20, 15, 40, tzinfo=IST)
MONDAY = datetime(2026, 11, 23, 9, 15, 1, tzinfo=IST)
PLAIN = Rules(trail_by=None, hold=None, square_off=None)


def exit_of(paper):
    [fill] = paper.exits
    return fill.reason, float(fill.price), fill.at


def test_the_stop_is_judged_by_the_last_price_and_filled_at_the_bid():
    paper = Paper(PLAIN)
    paper.enters()

    paper.ticks(tick(after(1), 80.05, 79.0, 80.5), tick(after(2), 80.0, 78.0, 80.0))

    assert exit_of(paper) == ("stop", 77.8, after(2))


def test_the_target_is_judged_by_the_bid():
    paper = Paper(PLAIN)
    paper.enters()

    paper.ticks(tick(after(1), 141.0, 139.95, 142.0), tick(after(2), 139.0, 140.0, 140.5))

    assert exit_of(paper) == ("target", 139.95, after(2))


def test_without_a_book_the_last_price_stands_for_the_bid():
    paper = Paper(PLAIN)
    paper.enters()

    paper.ticks(tick(after(1), 140.0, 0, 0))

    assert exit_of(paper) == ("target", 139.3, after(1))


def test_the_stop_follows_the_highest_price_at_the_risk_and_never_falls():
    # given: bought at 100.10 with a stop at 80: the risk is 20.10
    paper = Paper(Rules(hold=None))
    paper.enters(target=None)

    # when: it gains more than the risk, falls, and falls on
    paper.ticks(tick(after(1), 120.15), tick(after(2), 130.0), tick(after(3), 115.0), tick(after(4), 109.9))

    # then: 130 less 20.10
    assert exit_of(paper) == ("trailing_stop", 109.8, after(4))


def test_a_trailed_stop_lies_on_the_tick_below():
    # given: bought at 100.10 with a stop at 79.95: half the risk is 10.075
    paper = Paper(Rules(hold=None, trail_by=Decimal("0.5")))
    paper.enters(stop_loss=79.95, target=None)

    paper.ticks(tick(after(1), 130.0))

    assert paper.desk.book.positions[0].marks.stop == Decimal("119.90")


def test_the_stop_stays_where_it_was_until_the_price_has_gained_the_risk():
    paper = Paper(Rules(hold=None))
    paper.enters(target=None)

    paper.ticks(tick(after(1), 120.15), tick(after(2), 100.05))
    assert paper.exits == []
    assert paper.desk.book.positions[0].marks.stop == Decimal(80)


def test_a_position_is_held_so_long_and_no_longer():
    paper = Paper()
    paper.enters()

    paper.ticks(tick(after(3595)), spot(after(3599)), spot(after(3600)))

    assert exit_of(paper) == ("time_exit", 99.9, after(3600))


@pytest.mark.parametrize("by", ["its own tick", "a tick of the index"])
def test_it_is_squared_off_before_the_close(by):
    at = CLOSE - timedelta(minutes=10)
    paper = Paper(Rules(hold=None))
    paper.enters()

    paper.ticks(tick(at - timedelta(seconds=1)), tick(at) if by == "its own tick" else spot(at))

    assert exit_of(paper) == ("square_off", 99.9, at)


def test_one_that_missed_its_square_off_goes_with_the_next_sessions_first_tick():
    paper = Paper(Rules(hold=None))
    paper.enters()

    paper.ticks(spot(CLOSE), tick(CLOSE, 60.0), tick(MONDAY, 90.0))

    assert exit_of(paper) == ("square_off", 89.9, MONDAY)


def test_ticks_outside_the_session_or_older_than_the_last_close_nothing():
    paper = Paper(Rules(hold=None, square_off=None))
    paper.enters()

    paper.ticks(tick(after(-1), 10.0), tick(CLOSE, 10.0), tick(MONDAY.replace(hour=9, minute=8), 10.0))

    assert paper.exits == []


def test_ticks_that_came_before_the_entry_close_nothing_although_their_second_is_the_same():
    paper = Paper(PLAIN)
    paper.ticks(tick(TEN, 70.0), tick(TEN, 100.0))
    paper.decides(decision())
    before = "1000-1", tick(TEN, 70.0)

    # when: a restart reads a tick again that lies before the entry
    position = paper.desk.book.positions[0]

    done(paper.trader.on_ticks([before]))

    assert position.tick_id == "1000-2"
    assert paper.exits == []


def test_a_square_off_by_an_old_book_takes_the_last_price_and_says_so():
    paper = Paper(Rules(hold=None))
    paper.enters()

    paper.ticks(spot(CLOSE - timedelta(minutes=10)))

    [fill] = paper.exits
    assert fill.price == Decimal("99.50")
    assert fill.note.startswith("the book is 19800 s old: last price 100.00")


def test_a_decision_to_exit_sells_at_the_bid():
    paper = Paper()
    paper.enters()
    paper.ticks(tick(after(5), 110.0, 109.0, 111.0))

    [event] = paper.decides(decision("EXIT", at=after(5)))

    assert (event.action, event.price, event.quantity) == ("EXIT", 108.8, 65)
    assert event.reason.startswith("decision: ")
    assert paper.desk.book.positions == ()


@pytest.mark.parametrize(
    "changes", [{"strike": 24550}, {"side": "PE"}, {"at": after(-5)}, {"at": after(3), "strike": 1}]
)
def test_a_decision_to_exit_something_else_closes_nothing(changes):
    paper = Paper()
    paper.enters()
    paper.ticks(tick(after(5)))

    assert paper.decides(decision("EXIT", **{"at": after(5), **changes})) == []
    assert len(paper.desk.book.positions) == 1


def test_a_stale_decision_to_exit_closes_nothing():
    paper = Paper()
    paper.enters()
    paper.ticks(tick(after(60)))

    assert paper.decides(decision("EXIT", at=after(29))) == []


def test_a_decision_that_names_no_contract_closes_all_there_is():
    paper = Paper(Rules(max_positions=2))
    paper.enters()
    paper.ticks(tick(after(1), strike=24550))
    paper.decides(decision(at=after(1), strike=24550))

    events = paper.decides(decision("EXIT", at=after(2), strike=None, expiry=None, side=None))

    assert [event.strike for event in events] == [24500, 24550]
