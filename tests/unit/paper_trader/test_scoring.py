"""What a decision is worth, to the paisa."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.buckets import IST, utc_naive
from paper_trader.core.opinions import opinions
from paper_trader.core.scoring import begun, ended, nothing_done, watches
from paper_trader.core.watching import Ended
from support.paper import TEN, after
from support.scoring import decision_row, said

TEN_MINUTES = timedelta(minutes=10)


def opinion(decided="ENTER", **changes):
    return next(
        each
        for each in opinions(decision_row(decided, **changes))
        if each.engine == changes.get("engine", "rules")
    )


def ended_at(price, entry=Decimal(100), made=None, reason="horizon"):
    made = made or opinion()
    watch = watches(made, TEN_MINUTES)[0]
    return ended(begun(made, entry)[0], Ended(watch, price, reason), made.moment.date(), None)


def test_sixty_five_units_bought_at_100_and_sold_at_110_leave_586_14():
    outcome = ended_at(Decimal(110))

    assert (outcome.quantity, outcome.gross) == (65, Decimal("650.00"))
    assert (outcome.charges, outcome.net, outcome.hit) == (Decimal("63.86"), Decimal("586.14"), True)
    assert (outcome.entry_price, outcome.exit_price, outcome.exit_reason) == (100, 110, "horizon")


def test_a_gain_that_the_charges_eat_is_no_hit():
    # by hand: 40 + 9.83775 (tax on 6558.50) + 4.63969 + 0.01306 + 0.195 + 8.03749 (18 % of 44.65274)
    outcome = ended_at(Decimal("100.90"))

    assert (outcome.gross, outcome.charges) == (Decimal("58.50"), Decimal("62.72"))
    assert (outcome.net, outcome.hit) == (Decimal("-4.22"), False)


def test_charges_are_those_of_the_day():
    # by hand, before April 2026: 7.15 (tax 0.10 % of 7150) + 4.84985 + 0.01365 + 0.195 + 40 + 8.07543
    made = opinion(at=datetime(2025, 11, 20, 10, 0, tzinfo=IST), expiry=date(2025, 11, 25))

    assert ended_at(Decimal(110), made=made).charges == Decimal("60.28")


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_net_is_gross_less_charges_and_a_way_back_costs_both_ways(one, other):
    there, back = (ended_at(Decimal(b) / 20, entry=Decimal(a) / 20) for a, b in ((one, other), (other, one)))

    assert there.net == there.gross - there.charges
    assert there.gross == -back.gross
    assert there.net + back.net < 0
    assert there.hit == (there.net > 0)


def test_unknown_stays_unknown():
    unknown = ended_at(None, reason="unknown")

    assert (unknown.exit_price, unknown.exit_reason) == (None, "unknown")
    assert (unknown.gross, unknown.charges, unknown.net, unknown.hit) == (None,) * 4
    assert {each.exit_reason for each in begun(opinion(), None)} == {"unknown"}


def test_an_index_whose_lot_nobody_knows_has_no_outcome():
    made = opinion(index_name="NOSUCH", lot_size=None)

    assert ended_at(Decimal(110), made=made).net is None
    assert ended_at(Decimal(110), made=opinion(lot_size=None)).net == Decimal("586.14")


@pytest.mark.parametrize("decided", ["WAIT", "HOLD", "EXIT"])
def test_doing_nothing_is_worth_nothing_and_is_no_hit(decided):
    outcome = nothing_done(opinion(decided=decided))

    assert (outcome.gross, outcome.charges, outcome.net, outcome.hit) == (0, 0, 0, False)
    assert (outcome.decision, outcome.horizon, outcome.entry_price) == (decided, "path", None)


def test_horizons_past_the_close_end_at_the_close_and_say_so():
    made = opinion(at=datetime(2026, 11, 20, 15, 30, tzinfo=IST))  # the session ends at 15:40

    found = {watch.key[2]: (f"{watch.due:%H:%M}", watch.due_reason) for watch in watches(made, TEN_MINUTES)}

    assert found == {
        "3": ("15:33", "horizon"), "6": ("15:36", "horizon"), "15": ("15:40", "close"), "30": ("15:40", "close"),
        "path": ("15:40", "close"),
    }  # fmt: skip
    assert watches(opinion(), TEN_MINUTES)[-1].due == datetime(2026, 11, 20, 15, 30, tzinfo=IST)


@pytest.mark.parametrize(
    "at", [datetime(2026, 11, 20, 15, 40, tzinfo=IST), datetime(2026, 11, 21, 10, 0, tzinfo=IST)]
)
def test_what_is_decided_while_the_market_is_closed_is_not_watched(at):
    assert watches(opinion(at=at), TEN_MINUTES) == ()


def test_a_slow_answer_is_judged_from_when_it_came():
    slow = opinion(engine="llm", decided_at=utc_naive(after(4)))

    assert slow.moment == after(4)
    assert watches(slow, None)[0].due == after(184)


def test_four_engines_speak_of_one_situation():
    row = decision_row("ENTER", engine="llm", baselines={"coin_flip": said(side="PE"), "rules": said("WAIT")})

    found = {each.engine: (each.decision, each.side) for each in opinions(row)}

    assert found == {
        "llm": ("ENTER", "CE"), "rules": ("WAIT", None), "always_wait": ("WAIT", None), "coin_flip": ("ENTER", "PE"),
    }  # fmt: skip


def test_a_model_answers_for_an_answer_that_was_caught():
    # the rules would have entered; nothing was entered on an answer that named a strike that does not exist
    row = decision_row("WAIT", rejected_because="lock:strike", baselines={"rules": said()})

    found = {each.engine: each.decision for each in opinions(row)}

    assert (found["llm"], found["rules"]) == ("WAIT", "ENTER")


def test_all_of_it_begins_at_the_moment_it_was_decided():
    assert {watch.since for watch in watches(opinion(), None)} == {TEN}
