"""Which decisions are followed, and why the others are not."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from oi_common.market.buckets import IST
from paper_trader import metrics
from paper_trader.core.rules import Rules
from support.paper import EXPIRY, OPENS, TEN, Paper, after, decision, spot, tick


def counted(outcome, index="NIFTY"):
    return metrics.DECISIONS.labels(index, outcome)._value.get()


def refused(paper, made, reason):
    """Say whether a decision opens nothing, and is counted with the reason."""
    before = counted(reason, made.index_name)
    published = paper.decides(made)
    return not published and counted(reason, made.index_name) == before + 1


def test_a_decision_to_enter_buys_a_lot_at_the_ask():
    paper = Paper()
    paper.ticks(spot(), tick(TEN, 100, 99, 101))

    [event] = paper.decides(decision())

    assert (event.action, event.side, event.strike, event.expiry) == ("ENTER", "CE", 24500, EXPIRY)
    assert (event.quantity, event.price) == (65, 101.2)
    assert event.reason == "decision: ask 101.00 and 10 % of the spread"
    assert event.trade_id == "minimal:NIFTY:2026-11-20T10:00:00+05:30"
    assert event.pnl_net is None


@pytest.mark.parametrize("missing", ["expiry", "strike", "side"])
def test_one_that_does_not_name_its_contract_is_refused(missing):
    paper = Paper()
    paper.ticks(tick())

    assert refused(paper, decision(**{missing: None}), "incomplete")


def test_one_that_is_stale_by_the_clock_of_the_ticks_is_refused():
    paper = Paper()
    paper.ticks(spot(after(31)), tick(after(31)))

    assert refused(paper, decision(at=TEN), "stale")


def test_one_that_is_just_in_time_is_followed():
    paper = Paper()
    paper.ticks(spot(after(30)), tick(after(30)))

    assert len(paper.decides(decision(at=TEN))) == 1


def test_one_for_a_contract_that_nobody_quotes_is_refused():
    paper = Paper()
    paper.ticks(spot(), tick(strike=24550), tick(side="PE"), tick(expiry=date(2026, 12, 1)))

    assert refused(paper, decision(), "no_fresh_quote")


def test_one_for_a_contract_whose_last_quote_is_old_is_refused():
    paper = Paper()
    paper.ticks(tick(), spot(after(16)))

    assert refused(paper, decision(at=after(16)), "no_fresh_quote")


def test_one_that_comes_when_the_feed_is_dead_is_refused():
    paper = Paper()
    paper.ticks(spot(), tick())

    assert refused(paper, decision(at=after(60)), "no_fresh_quote")


def test_one_while_a_position_is_open_is_refused():
    paper = Paper()
    paper.enters()

    assert refused(paper, decision(at=after(1), strike=24550), "position_open")


def test_as_many_positions_as_allowed_are_held_beside_one_another():
    paper = Paper(Rules(max_positions=2))
    paper.enters()
    paper.ticks(tick(after(1), strike=24550), tick(after(1), strike=24600))

    assert len(paper.decides(decision(at=after(1), strike=24550))) == 1
    assert refused(paper, decision(at=after(2), strike=24600), "position_open")


@pytest.mark.parametrize("at", [after(-1, since=OPENS), datetime(2026, 11, 20, 15, 40, tzinfo=IST)])
def test_one_outside_the_session_is_refused(at):
    paper = Paper()
    paper.ticks(tick(at))

    assert refused(paper, decision(at=at), "closed")


def test_one_within_minutes_of_the_close_is_refused():
    paper = Paper()
    at = datetime(2026, 11, 20, 15, 30, tzinfo=IST)
    paper.ticks(tick(at))

    assert refused(paper, decision(at=at), "square_off")


def test_one_for_a_contract_that_has_ended_is_refused():
    paper = Paper()
    paper.ticks(tick(expiry=date(2026, 11, 17)))

    assert refused(paper, decision(expiry=date(2026, 11, 17)), "expired")


@pytest.mark.parametrize(
    "levels", [{"stop_loss": 100.1}, {"stop_loss": 100.0}, {"target": 100.1}, {"target": 90.0}]
)
def test_one_whose_levels_would_close_it_at_once_is_refused(levels):
    paper = Paper()
    paper.ticks(tick())

    assert refused(paper, decision(**levels), "wrong_levels")


def test_one_that_costs_more_than_the_cash_is_refused():
    paper = Paper(Rules(capital=Decimal(6500)))
    paper.ticks(tick())

    assert refused(paper, decision(), "no_cash")


def test_one_for_an_underlying_whose_lot_nobody_knows_is_refused():
    paper = Paper(index="RELIANCE")
    paper.ticks(tick(index="RELIANCE"))

    assert refused(paper, decision(index_name="RELIANCE"), "no_rule")


def test_the_same_decision_opens_one_position_however_often_it_comes():
    paper = Paper()
    paper.enters()
    paper.ticks(tick(after(1), 70.0))
    paper.ticks(tick(after(2)))

    assert len(paper.exits) == 1
    assert refused(paper, decision(), "repeated")


@pytest.mark.parametrize("decided", ["HOLD", "WAIT"])
def test_to_hold_and_to_wait_change_nothing(decided):
    paper = Paper()
    paper.enters()
    before = paper.desk.memory, paper.desk.book.positions

    assert refused(paper, decision(decided, at=after(1)), decided.lower())
    assert (paper.desk.memory, paper.desk.book.positions) == before


def test_the_lot_is_that_of_the_contract_and_the_lots_those_of_the_settings():
    paper = Paper(Rules(lots=3), index="BANKNIFTY")
    expiry = date(2026, 11, 24)
    paper.ticks(tick(index="BANKNIFTY", strike=52000, expiry=expiry))

    [event] = paper.decides(decision(index_name="BANKNIFTY", strike=52000, expiry=expiry))

    assert event.quantity == 90
