"""The chain as events have told it, and the situation that is made of it."""

from dataclasses import replace
from datetime import timedelta

from ai_rich.core.picture import Picture, with_changes, with_snapshot
from ai_rich.core.situations import NEAR, Quote, Seen, situation
from oi_common.market.chain import Contract
from support.rich import AT, EXPIRY, STRIKES, changed, row, saved, sealed

CALL = Contract(24500, "CE")
LATER = timedelta(seconds=20)
BUCKET = timedelta(minutes=3)


def picture(*events):
    seen = Picture(EXPIRY)
    for event in events:
        seen = with_changes(seen, event) if event.kind == "changes" else with_snapshot(seen, event)
    return seen


def test_changes_after_a_snapshot_move_its_oi_on():
    seen = picture(saved(), changed(AT + LATER, oi=512_000))

    assert seen.oi(CALL) == 512_000
    assert seen.rows[24500]["ce_oi"] == 500_000


def test_the_change_that_came_with_its_snapshot_counts_once_in_either_order():
    assert picture(saved(), changed()).oi(CALL) == 500_000
    assert picture(changed(), saved()).oi(CALL) == 500_000


def test_sealing_a_bucket_does_not_take_back_what_changed_in_it():
    seen = picture(saved(), changed(AT + LATER, oi=512_000), sealed(pcr_oi=1.2))

    assert seen.oi(CALL) == 512_000
    assert seen.measures["pcr_oi"] == 1.2


def test_a_bucket_that_is_sealed_late_only_fills_the_history():
    seen = picture(saved(AT - BUCKET, pcr_oi=1.0), saved(), sealed(AT - BUCKET, pcr_oi=1.01))

    assert [bucket.measures["pcr_oi"] for bucket in seen.buckets] == [1.01, 1.0832]
    assert seen.measured_at == AT


def test_half_an_hour_of_buckets_is_kept():
    seen = picture(*(saved(AT + step * BUCKET) for step in range(15)))

    assert len(seen.buckets) == 11
    assert seen.buckets[-1].time - seen.buckets[0].time == timedelta(minutes=30)


def test_ticks_are_preferred_to_the_snapshot_and_ages_count_to_the_moment():
    moment = AT + LATER
    seen = Seen(
        Quote(moment - timedelta(seconds=2), 24520.0),
        {CALL: Quote(moment - timedelta(seconds=1), 105.0, 104.8, 105.1)},
    )

    it = situation("NIFTY", moment, picture(saved()), seen)

    assert (it.spot, it.spot_age, it.snapshot_age) == (24520.0, 2.0, 20.0)
    call, put = it.leg(CALL), it.leg(Contract(24500, "PE"))
    assert (call.bid, call.ask, call.age, call.oi, call.iv) == (104.8, 105.1, 1.0, 500_000, 12.4)
    assert (put.ask, put.age) == (101.5, 20.0)


def test_a_tick_from_before_the_snapshot_is_not_taken_for_news():
    old = Seen(quotes={CALL: Quote(AT - timedelta(minutes=5), 60.0, 59.0, 61.0)})

    it = situation("NIFTY", AT, picture(saved()), old)

    assert it.leg(CALL).ask == 101.5


def test_the_books_near_the_money_are_told_and_every_strike_is_listed():
    it = situation("NIFTY", AT, picture(saved()), Seen())

    assert len(it.legs) == 2 * (2 * NEAR + 1)
    assert it.strikes == STRIKES
    assert (it.lot_size, it.days_to_expiry) == (65, 5)
    assert it.minutes_since_open + it.minutes_to_close == 385


def test_the_live_pcr_is_told_only_when_every_contract_is_known():
    known = picture(saved(), changed(AT + LATER, oi=600_000))
    rows = {**known.rows, 24000: {k: v for k, v in row(24000).items() if k != "pe_oi"}}

    assert situation("NIFTY", AT, known, Seen()).pcr_live == 21 * 500_000 / (20 * 500_000 + 600_000)
    assert situation("NIFTY", AT, replace(known, rows=rows), Seen()).pcr_live is None


def test_of_an_empty_picture_nothing_is_made_up():
    it = situation("NIFTY", AT, Picture(EXPIRY), Seen())

    assert (it.spot, it.spot_age, it.pcr_live, it.snapshot_age, it.legs, it.strikes) == (
        None,
        None,
        None,
        None,
        (),
        (),
    )
