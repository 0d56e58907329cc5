"""When a position is closed: random paths against a slow calculation of its own."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.buckets import IST
from paper_trader.core.rules import Rules
from support.paper import TEN, Paper, spot, tick
from support.paper_oracle import Bought, Step, first_exit

CLOSE = datetime(2026, 11, 20, 15, 40, tzinfo=IST)
# Steps are small, so that levels and moments are met exactly, too.
PATHS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 60, 300, 600]),  # seconds since the tick before
        st.integers(-4, 4),  # ticks
        st.integers(0, 3),  # ticks from the last price to either side
        st.sampled_from(["option", "option", "option", "index", "no book", "late"]),
    ),
    min_size=1,
    max_size=40,
)
POLICIES = st.builds(
    Rules,
    trail_after=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]),
    trail_by=st.sampled_from([None, Decimal("0.5"), Decimal(1)]),
    hold=st.sampled_from([None, timedelta(minutes=20)]),
    square_off=st.sampled_from([None, timedelta(minutes=10), timedelta(hours=5, minutes=25)]),
)
LEVELS = st.tuples(st.integers(1, 12), st.integers(1, 14))


def steps_of(path):
    at, ltp = TEN, 2000
    for pause, move, half, kind in path:
        at, ltp = at + timedelta(seconds=pause), ltp + move
        when = at - timedelta(seconds=pause + 1) if kind == "late" else at
        book = (None, None) if kind == "no book" else (ltp - half, ltp + half)
        yield Step(kind == "index", when, ltp, *book)


def entry_of(step):
    if step.is_index:
        return spot(step.at)
    return tick(step.at, step.ltp / 20, (step.bid or 0) / 20, (step.ask or 0) / 20)


@settings(max_examples=400, deadline=None)
@given(path=PATHS, rules=POLICIES, levels=LEVELS)
def test_a_random_path_closes_the_position_where_the_slow_calculation_says(path, rules, levels):
    # given: bought at 100.10, which is 2002 ticks
    stop, target = 2000 - levels[0], 2002 + levels[1]
    steps = list(steps_of(path))
    paper = Paper(rules)
    paper.enters(stop_loss=stop / 20, target=target / 20)

    paper.ticks(*map(entry_of, steps))

    held = Bought(TEN, 2002, 2000, stop, target, TEN.replace(hour=9, minute=15), CLOSE)
    found = first_exit(steps, held, rules)
    assert [(fill.at, fill.reason) for fill in paper.exits] == (
        [(steps[found[0]].at, found[1])] if found else []
    )


@settings(max_examples=100, deadline=None)
@given(path=PATHS, rules=POLICIES, levels=LEVELS, cut=st.integers(0, 40), page=st.integers(1, 9))
def test_neither_restarts_nor_the_size_of_pages_change_a_fill(path, rules, levels, cut, page):
    feed = [entry_of(step) for step in steps_of(path)]
    one, other = Paper(rules), Paper(rules)
    for paper in (one, other):
        paper.enters(stop_loss=(2000 - levels[0]) / 20, target=(2002 + levels[1]) / 20)

    one.ticks(*feed)
    for start in range(0, len(feed), page):
        other.ticks(*feed[start : start + page])
        if start >= cut:
            other.restart()

    assert other.exits == one.exits
    assert other.desk.book.cash == one.desk.book.cash
    assert other.journal.published == one.journal.published
