"""What became of each bucket of a session."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from oi_cli.quality.cells import cells, judged_until
from oi_cli.quality.ledger import Chain, Ledger, Traces
from oi_common.market.buckets import BUCKET_WIDTH
from oi_common.market.completeness import Kind, poll_width

MUHURAT = date(2025, 10, 21)  # 13:45 to 14:45
SUNDAY = date(2026, 2, 1)  # the Budget, in a full session
EVENING = time(23, 0)


def after(ledger):
    return datetime.combine(ledger.day, EVENING)


def kinds(ledger, until=None):
    found = cells(ledger, ledger.chains()[0], until or after(ledger))
    return {f"{cell.time:%H:%M}": cell.kind for cell in found}


def test_every_bucket_of_the_session_has_its_cell(ledgers):
    found = cells(ledgers.ledger(ledgers.header()), ledgers.nifty, ledgers.at("23:00"))

    assert len(found) == 129  # 09:15 to 15:40
    assert (found[0].time, found[-1].time) == (ledgers.at("09:15"), ledgers.at("15:39"))
    assert sum(cell.slots for cell in found) == 385 * 3  # a poll each 20 s
    assert found[-1].slots == 3  # the stub has one minute


@pytest.mark.parametrize(("day", "buckets"), [(MUHURAT, 20), (SUNDAY, 125)])
def test_special_sessions_have_their_own_buckets(ledgers, day, buckets):
    first = ledgers.header(time="13:45")
    header = replace(first, time=datetime.combine(day, first.time.time()))
    ledger = Ledger(day=day, headers=(header,))

    assert len(cells(ledger, ledgers.nifty, after(ledger))) == buckets


def test_a_commodity_has_the_buckets_of_its_own_session(ledgers):
    silver = Chain("SILVERMIC", ledgers.nifty.expiry)
    ledger = ledgers.ledger(ledgers.header("09:15", chain=silver), ledgers.header("20:00", chain=silver))

    found = cells(ledger, silver, after(ledger))

    assert len(found) == 299  # 298 and the stub of 23:54: no daylight time in New York
    assert (found[0].time, found[-1].time) == (ledgers.at("09:00"), ledgers.at("23:54"))


def test_a_day_without_a_session_has_the_buckets_that_are_there(ledgers):
    header = replace(ledgers.header("09:15"), time=ledgers.at("09:15") + timedelta(days=4))
    ledger = Ledger(day=header.time.date(), headers=(header,))

    assert [cell.time for cell in cells(ledger, ledgers.nifty, after(ledger))] == [header.time]


def test_each_bucket_is_told_by_its_header(ledgers):
    nobody = {"polls": 0, "changed": 0, "reason": None}
    ledger = ledgers.ledger(
        ledgers.header("09:15"),
        ledgers.header("09:18", changed=0, reason=None),
        ledgers.header("09:21", polls=0, source="backfill"),
        ledgers.header("09:24", **nobody, source="backfill"),
        ledgers.header("09:27", **nobody, state="missing"),
        ledgers.header("09:30", state="saved", candle_status=None),
        ledgers.header("09:36", source="backfill"),  # polled after all: the live rows replaced the told ones
    )

    found = kinds(ledger)

    assert list(found.values())[:8] == [
        Kind.LIVE,
        Kind.QUIET,
        Kind.REPAIRED,
        Kind.REPAIRED,
        Kind.MISSING,
        Kind.UNSEALED,
        Kind.MISSING,  # 09:33 has no header
        Kind.LIVE,
    ]


def test_what_is_not_due_is_underway_and_what_is_done_counts_at_once(ledgers):
    ledger = ledgers.ledger(
        ledgers.header("09:15"),
        ledgers.header("09:18", state="saved", candle_status=None),
        ledgers.header("09:21", state="missing", polls=0, changed=0, reason=None),
        ledgers.header("09:24"),
        ledgers.header("09:27", state="open", candle_status=None, changed=0, reason=None),
    )

    found = kinds(ledger, ledgers.at("09:30"))

    assert found["09:15"] == Kind.LIVE
    assert found["09:18"] == Kind.UNDERWAY
    assert found["09:21"] == Kind.MISSING
    assert found["09:24"] == Kind.LIVE
    assert set(list(found.values())[4:]) == {Kind.UNDERWAY}
    assert kinds(ledger, ledgers.at("09:31"))["09:18"] == Kind.UNSEALED


def test_missed_polls_are_those_the_header_names_and_after_the_last_poll_those_that_lack(ledgers):
    ledger = ledgers.ledger(
        ledgers.header("09:15", polls=8, slots_missed=0),  # one came late, into the next bucket
        ledgers.header("09:18", polls=7, slots_missed=2),
        ledgers.header("09:21", polls=4, state="saved", candle_status=None),
    )

    found = cells(ledger, ledgers.nifty, ledgers.at("23:00"))

    assert [cell.missed for cell in found[:4]] == [0, 2, 5, 9]


def test_polls_of_a_bucket_underway_are_not_missed_yet(ledgers):
    ledger = ledgers.ledger(ledgers.header("09:15", polls=4, state="saved", candle_status=None))

    [cell, *_] = cells(ledger, ledgers.nifty, ledgers.at("09:16"))

    assert (cell.kind, cell.missed) == (Kind.UNDERWAY, 0)


def test_age_is_how_old_the_newest_data_was_at_the_buckets_end(ledgers):
    ledger = ledgers.ledger(
        ledgers.header("09:15", last_feed=ledgers.at("09:17")),
        ledgers.header("15:39", last_feed=datetime.combine(ledgers.day, time(15, 39, 40))),
        ledgers.header("09:18", polls=0, source="backfill", last_feed=ledgers.at("09:20")),
    )

    ages = {c.time.time(): c.age for c in cells(ledger, ledgers.nifty, ledgers.at("23:00")) if c.age}

    assert ages == {time(9, 15): timedelta(seconds=60), time(15, 39): timedelta(seconds=20)}


def test_the_poll_slots_are_as_far_apart_as_the_fullest_bucket_says(ledgers):
    stub = ledgers.header("15:39", polls_expected=1)

    assert poll_width([stub, ledgers.header(polls_expected=3)]) == timedelta(seconds=60)
    assert poll_width([]) is None


class TestUntilWhenADayIsJudged:
    WALL = datetime(2026, 11, 21, 13, 0)  # noqa: DTZ001 - wall time as the tables hold it

    def ledger(self, ledgers, **traces):
        return replace(ledgers.ledger(ledgers.header()), traces=Traces(**traces))

    def test_a_live_day_is_judged_by_the_wall_clock(self, ledgers):
        live = self.ledger(ledgers, newest=ledgers.at("12:00"), skew=timedelta(seconds=3))

        assert judged_until(live, self.WALL) == self.WALL

    def test_a_simulated_day_is_judged_by_its_own_newest_moment(self, ledgers):
        for skew in (timedelta(days=3), timedelta(days=-3)):
            simulated = self.ledger(ledgers, newest=ledgers.at("12:00"), skew=skew)
            assert judged_until(simulated, self.WALL) == ledgers.at("12:00")

    def test_a_simulated_day_with_a_later_one_is_over(self, ledgers):
        simulated = self.ledger(
            ledgers, newest=ledgers.at("12:00"), skew=timedelta(days=3), has_later_day=True
        )

        assert judged_until(simulated, self.WALL) > ledgers.at("15:40") + 4 * BUCKET_WIDTH

    def test_without_anything_to_compare_it_is_the_wall_clock(self, ledgers):
        assert judged_until(self.ledger(ledgers), self.WALL) == self.WALL
