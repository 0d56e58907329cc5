"""The bucket rule, by hand-computed examples and against the oracle."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bucketer.core.rules import SnapshotRule, advance, is_late, new_day
from bucketer.core.state import dump, load
from oi_common.events import ChainPolled
from oi_common.market.sessions import session_at
from oi_common.wire import decode
from support import days, ledger, oracle
from support.days import INDIA

DAY = date(2026, 11, 20)
EXPIRY = date(2026, 11, 24)
AND, OR = SnapshotRule.CHANGE_AND_NEW_BUCKET, SnapshotRule.CHANGE_OR_NEW_BUCKET
EVERY = timedelta(seconds=20)


def poll(at, oi, *, side="CE", polled=None, **quote):
    """A poll at a time of DAY ("09:15:20") that tells the OI of 24500 CE, or of {strike: oi}."""
    moment = datetime.combine(DAY, time.fromisoformat(at), INDIA)
    told = oi if isinstance(oi, dict) else {24500: oi}
    return ChainPolled(
        index_name="NIFTY",
        expiry=EXPIRY,
        segment="NFO",
        feed_time=moment,
        polled_at=datetime.combine(DAY, time.fromisoformat(polled), INDIA) if polled else moment,
        source="live",
        lot_size=65,
        spot=24512.4,
        quotes=[{"strike": strike, "type": side, "oi": value, **quote} for strike, value in told.items()],
    )


def fold(*polls, rule=AND):
    """Return the steps of polls that are not late."""
    state, steps = None, []
    for one in polls:
        if is_late(state, one):
            continue
        session = session_at(one.segment, one.feed_time)
        if state is None or state.day != session.opens.date():
            told = state.quotes if state else {}
            known = {key: quote.oi for key, quote in told.items() if quote.oi is not None}
            state = new_day(one, session.opens.date(), known)
        step = advance(state, one, session=session, rule=rule, every=EVERY, at=one.polled_at)
        state = load(dump(step.state))
        steps.append(step)
    return steps


def saved(steps):
    return [(s.snapshot.time.strftime("%H:%M"), s.snapshot.reason) for s in steps if s.snapshot]


def test_the_first_poll_of_a_day_saves_a_baseline_without_changes():
    [step] = fold(poll("09:15:20", 650))

    [row] = step.snapshot.rows
    assert step.snapshot.reason == "baseline"
    assert (row["ce_oi"], row["ce_oi_change"], row["pe_oi"], row["ce_ltp"]) == (650, None, None, None)


def test_a_change_in_a_new_bucket_saves_and_a_later_one_in_the_same_bucket_does_not():
    steps = fold(poll("09:15:20", 650), poll("09:18:00", 715), poll("09:18:20", 780), poll("09:20:59", 845))

    assert saved(steps) == [("09:15", "baseline"), ("09:18", "oi_changed")]
    assert steps[1].snapshot.rows[0]["ce_oi"] == 715
    assert [len(step.changes) for step in steps] == [1, 1, 1, 1]


def test_a_new_bucket_without_a_change_saves_nothing_and_says_so_in_its_header():
    steps = fold(poll("09:15:20", 650), poll("09:18:00", 650))

    assert saved(steps) == [("09:15", "baseline")]
    header = steps[1].headers[-1]
    assert (header.polls, header.changed, header.reason) == (1, 0, None)


def test_under_the_other_rule_the_last_write_of_a_bucket_wins_against_the_bucket_before():
    steps = fold(
        poll("09:15:20", 650), poll("09:18:00", 650), poll("09:18:20", 715), poll("09:18:40", 780), rule=OR
    )

    assert saved(steps) == [
        ("09:15", "baseline"),
        ("09:18", "new_bucket"),
        ("09:18", "oi_changed"),
        ("09:18", "oi_changed"),
    ]
    last = steps[-1].snapshot.rows[0]
    assert (last["ce_oi"], last["ce_oi_change"], last["ce_oi_percent_change"]) == (780, 130, 20.0)


def test_a_contract_missing_from_a_poll_keeps_its_oi_and_is_no_change():
    steps = fold(
        poll("09:15:20", {24500: 650, 24550: 1300}),
        poll("09:18:00", {24550: 1300}),
        poll("09:18:20", {24550: 1365}),
    )

    assert [len(step.changes) for step in steps] == [2, 0, 1]
    assert [row["ce_oi"] for row in steps[-1].snapshot.rows] == [650, 1365]


def test_a_contract_seen_for_the_first_time_is_a_change_without_a_difference():
    steps = fold(poll("09:15:20", 650), poll("09:18:20", {24500: 650, 24600: 65}))

    [change] = steps[1].changes
    assert (change.strike, change.prev_oi, change.oi, change.change) == (24600, None, 65, None)
    assert steps[1].snapshot.rows[1]["ce_oi_change"] is None


def test_the_change_is_against_the_previous_snapshot_not_the_previous_poll():
    steps = fold(poll("09:15:20", 650), poll("09:15:40", 715), poll("09:18:00", 780))

    assert steps[-1].snapshot.rows[0]["ce_oi_change"] == 130
    assert steps[-1].changes[0].change == 65


def test_an_older_poll_and_a_repeated_one_are_late():
    first, second = poll("09:15:20", 650), poll("09:15:40", 715)
    state = fold(first, second)[-1].state

    assert is_late(state, first)
    assert is_late(state, second)
    assert not is_late(state, poll("09:15:40", 780, polled="09:16:00"))


def test_the_next_day_begins_with_a_baseline_and_knows_yesterday():
    monday = poll("09:15:20", 650).model_copy(
        update={
            "feed_time": datetime(2026, 11, 23, 9, 15, 5, tzinfo=INDIA),
            "polled_at": datetime(2026, 11, 23, 9, 15, 5, tzinfo=INDIA),
        }
    )
    steps = fold(poll("15:39:20", 715), monday)

    [row] = steps[1].snapshot.rows
    assert steps[1].snapshot.reason == "baseline"
    assert (row["ce_oi_change"], row["ce_oi_day_change"]) == (None, -65)


def test_polls_and_slots_that_never_came_are_accounted_for():
    steps = fold(poll("09:15:01", 650), poll("09:16:01", 650), poll("09:28:01", 715))

    first = steps[1].headers[0]
    assert (first.expected, first.polls, first.missed) == (9, 2, ("09:15:20", "09:15:40"))
    last = steps[2]
    assert (last.gap.first.minute, last.gap.last.minute, last.gap.buckets) == (18, 24, 3)
    by_time = {header.time.strftime("%H:%M"): header for header in last.headers}
    assert [len(by_time[t].missed) for t in ("09:15", "09:18", "09:21", "09:24", "09:27")] == [7, 9, 9, 9, 3]
    assert by_time["09:18"].polls == 0


def test_a_late_start_leaves_the_buckets_since_the_open_as_a_gap():
    [step] = fold(poll("09:30:01", 650))

    assert (step.gap.first.strftime("%H:%M"), step.gap.buckets) == ("09:15", 5)


def test_the_last_bucket_of_the_longer_session_is_a_stub_with_three_slots():
    [step] = fold(poll("15:39:20", 650))

    header = step.headers[-1]
    assert (header.time.strftime("%H:%M"), header.is_stub, header.expected) == ("15:39", True, 3)


@pytest.mark.parametrize("rule", [AND, OR])
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_any_order_repetition_and_delay_of_polls_gives_what_the_oracle_gives(rule, seed):
    two_days = (date(2026, 11, 19), DAY)
    polls = [
        one
        for day in two_days
        for one in days.random_day(
            day, seed, expiries=(EXPIRY,), opens=ledger.hours_of(day)[0], closes=ledger.hours_of(day)[1]
        )
    ]
    inside = [p for p in polls if session_at("NFO", p["feed_time"])]
    steps = fold(*(decode(ChainPolled, days.entry(one)) for one in inside), rule=rule)

    snapshots, buckets, changes = oracle.fold(polls, ledger.session_of, "and" if rule is AND else "or")
    told = {}
    for step in steps:
        for row in step.snapshot.rows if step.snapshot else ():
            told[row["time"], "NIFTY", EXPIRY, row["strike"]] = (
                row["ce_oi"],
                row["ce_oi_change"],
                row["pe_oi"],
            )
    assert told == {key: (row["ce_oi"], row["ce_oi_change"], row["pe_oi"]) for key, row in snapshots.items()}
    headers = {h.time.replace(tzinfo=None): h for step in steps for h in step.headers if h.polls}
    assert {t: (h.polls, h.changed, h.reason) for t, h in headers.items()} == {
        key[0]: (b["polls"], b["changed"], b["reason"]) for key, b in buckets.items()
    }
    assert [len(step.changes) for step in steps if step.changes] == [len(moved) for *_, moved in changes]
