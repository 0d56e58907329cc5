from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.buckets import IST
from oi_common.market.sessions import session_at
from poller.core.plan import Agenda, Job, Timetable, Work, closed_buckets

SECOND = timedelta(seconds=1)
TABLE = Timetable(20 * SECOND, ("NIFTY", "BANKNIFTY", "SENSEX"), 2)
THURSDAY = datetime(2026, 8, 6, tzinfo=IST)
moments = st.integers(0, 333 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=IST) + second * SECOND)


def at(hour, minute, second=0, day=THURSDAY):
    return day.replace(hour=hour, minute=minute, second=second)


def first(work, now, underlying="NIFTY"):
    return min(job for job in TABLE.opening(underlying, now) if job.work is work)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (at(3, 0), at(9, 15)),
        (at(9, 15), at(9, 15)),
        (at(9, 15, 1), at(9, 15, 20)),
        (at(15, 39, 40), at(15, 39, 40)),
        (at(15, 39, 41), at(9, 15, day=THURSDAY + timedelta(days=1))),
        (at(15, 40), at(9, 15, day=THURSDAY + timedelta(days=1))),
        (at(12, 0, day=THURSDAY + timedelta(days=2)), at(9, 15, day=THURSDAY + timedelta(days=4))),
    ],
)
def test_the_first_slot_is_the_next_one_inside_a_session(now, slot):
    assert first(Work.POLL, now).due == slot


@given(moments, st.sampled_from([1, 10, 20, 45, 60, 90, 180]), st.floats(0, 500))
def test_slots_stay_on_the_grid_however_late_the_work_is(now, seconds, late):
    table = Timetable(seconds * SECOND, ("NIFTY",), 1)
    job = min(job for job in table.opening("NIFTY", now) if job.work is Work.POLL)

    done_at = job.due + timedelta(seconds=late)
    after = table.following(job, done_at)

    midnight = after.due.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (after.due - midnight) % (seconds * SECOND) == timedelta(0)
    assert session_at("NFO", after.due) is not None
    assert after.due >= job.due + seconds * SECOND
    assert after.due + seconds * SECOND > done_at


def test_slots_that_passed_are_counted_and_not_made_up_for():
    job = first(Work.POLL, at(10, 0))

    now = at(10, 1, 5)

    assert TABLE.following(job, now).due == at(10, 1)
    assert TABLE.missed(job, now) == 2  # 10:00:20 and 10:00:40; 10:01:00 is still to be polled


def test_chains_of_one_slot_are_polled_in_the_order_of_indices_and_expiries():
    jobs = [job for name in reversed(TABLE.underlyings) for job in TABLE.opening(name, at(9, 0))]

    polls = sorted(job for job in jobs if job.work is Work.POLL)

    assert [(job.underlying, job.rank) for job in polls] == [
        (name, rank) for name in TABLE.underlyings for rank in (0, 1)
    ]


def test_greeks_are_asked_once_a_bucket_and_more_than_a_second_apart():
    table = Timetable(20 * SECOND, ("NIFTY", "BANKNIFTY"), 2)
    jobs = sorted(
        job for name in table.underlyings for job in table.opening(name, at(9, 0)) if job.work is Work.GREEKS
    )

    assert [(job.due - at(9, 15)).total_seconds() for job in jobs] == [8.0, 9.2, 10.4, 11.6]
    assert table.following(jobs[1], jobs[1].due).due == at(9, 18, 9) + timedelta(seconds=0.2)


def test_bfo_chains_have_no_greeks_to_ask_for():
    assert Work.GREEKS not in {job.work for job in TABLE.opening("SENSEX", at(9, 0))}


def test_candles_come_a_little_after_each_bucket_and_the_last_after_the_derivatives_close():
    job = first(Work.CANDLES, at(9, 0))
    dues = [job.due]
    while job.due.date() == THURSDAY.date():
        job = TABLE.following(job, job.due)
        dues.append(job.due)

    assert dues[:2] == [at(9, 18, 5), at(9, 21, 5)]
    assert dues[-2] == at(15, 42, 5)
    assert len(dues) == 129 + 1


@pytest.mark.parametrize("now", [at(9, 18), at(12, 0), at(19, 0)])
def test_whoever_comes_late_asks_for_the_candles_so_far_at_once(now):
    assert first(Work.CANDLES, now).due == now


def test_closed_buckets_are_those_of_the_session_that_are_over():
    assert closed_buckets("NIFTY", at(9, 17, 59)) == ()
    assert closed_buckets("NIFTY", at(9, 21)) == (at(9, 15), at(9, 18))
    assert len(closed_buckets("NIFTY", at(18, 0))) == 129
    assert closed_buckets("NIFTY", at(12, 0, day=THURSDAY + timedelta(days=2))) == ()


def test_the_morning_is_prepared_once_a_session():
    job = TABLE.preparing("NFO", at(3, 0))

    assert job.due == at(9, 0)
    assert TABLE.following(job, at(9, 0)).due == at(9, 0, day=THURSDAY + timedelta(days=1))
    assert TABLE.preparing("NFO", at(9, 30)).due == at(9, 0, day=THURSDAY + timedelta(days=1))


def test_a_dropped_partition_has_no_jobs_left():
    agenda = Agenda()
    agenda.add([*TABLE.opening("NIFTY", at(9, 0)), *TABLE.opening("BANKNIFTY", at(9, 0))])

    agenda.drop("NIFTY")

    taken = []
    while (job := agenda.first) is not None:
        assert agenda.take(job)
        taken.append(job)
    assert {job.underlying for job in taken} == {"BANKNIFTY"}
    assert taken == sorted(taken)


def test_a_job_that_is_no_longer_first_is_not_taken():
    agenda, early = Agenda(), Job(at(9, 15), Work.POLL, 0, "NIFTY", at(9, 15))
    late = Job(at(9, 16), Work.POLL, 0, "NIFTY", at(9, 16))
    agenda.add([late])
    agenda.add([early])

    assert not agenda.take(late)
    assert agenda.first == early


def test_without_chains_only_candles_are_told():
    table = Timetable(20 * SECOND, ("NIFTY",), 0)

    jobs = list(table.opening("NIFTY", at(10, 0)))

    assert {job.work for job in jobs} == {Work.CANDLES, Work.REPAIR}
