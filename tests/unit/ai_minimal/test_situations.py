"""The situation of a second, from hand-made ticks and snapshots."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_minimal.core.chains import Chains
from ai_minimal.core.market import TickCache
from ai_minimal.core.situations import Seen, situation
from ai_minimal.core.ticks import Listed, Tick
from oi_common.advice import MINIMAL, evidence_of, rule
from oi_common.market.chain import Contract
from support.ai_minimal import (
    AT,
    EXPIRY,
    STRIKES,
    contracts_of,
    held,
    option,
    rising_ticks,
    seen,
    session,
    snapshot,
    spot,
)


def test_momentum_is_spot_less_what_it_was():
    it = situation(
        seen(spot(24500, 60), spot(24503, 30), spot(24506, 12), spot(24508, 5), spot(24512)), session(), AT
    )

    assert it.momentum == {5: 4.0, 12: 6.0, 30: 9.0, 60: 12.0}
    assert (it.spot, it.spot_age) == (24512, 0)


def test_momentum_is_unknown_where_nobody_watched():
    it = situation(seen(spot(24500, 14), spot(24512)), session(), AT)

    assert it.momentum == {12: 12.0, 5: 12.0}


def test_a_price_from_before_an_outage_is_no_momentum():
    it = situation(seen(spot(24400, 50), spot(24512)), session(), AT)

    assert it.momentum == {}


def test_premiums_at_the_money_have_their_moves():
    it = situation(seen(spot(), option(24500, "CE", 98.0, 12), option(24500, "CE", 101.5)), session(), AT)

    assert it.leg(Contract(24500, "CE")).moves == {12: 3.5, 5: 3.5}


def test_live_pcr_takes_each_oi_from_whoever_told_it_last():
    # given: the snapshot says 1,000 and 1,200 everywhere; one tick is newer, one older
    newer, older = option(24500, "PE", oi=6200), option(24550, "CE", oi=999_999, ago=600)

    it = situation(seen(spot(), newer, older, snapshots=(snapshot(),)), session(), AT)

    assert it.pcr_live == pytest.approx((4 * 1200 + 6200) / (5 * 1000))


def test_live_pcr_is_unknown_when_a_side_is():
    it = situation(seen(spot(), option(24500, "PE", oi=6200)), session(), AT)

    assert it.pcr_live is None


def test_the_snapshot_brings_measures_with_their_age_and_the_legs_their_iv():
    it = situation(seen(spot(), option(24500), snapshots=(snapshot(),)), session(), AT)

    assert (it.snapshot_age, it.degree, it.strikes) == (70.0, 2, STRIKES)
    assert [wall.strike for wall in (*it.supports, *it.resistances)] == [24400, 24600]
    assert (it.leg(Contract(24500, "CE")).iv, it.leg(Contract(24500, "PE")).delta) == (12.5, -0.4)


def test_a_repaired_hole_does_not_replace_what_is_newer():
    old = snapshot(AT - timedelta(minutes=12), metrics={"direction": "BEARISH"}, source="backfill")

    it = situation(seen(spot(), snapshots=(snapshot(), old)), session(), AT)

    assert it.measures["direction"] == "BULLISH"


def test_a_bucket_without_a_change_brings_measures_and_leaves_the_rows():
    unchanged = snapshot(AT - timedelta(seconds=5), state="sealed", rows=(), metrics={"direction": "NEUTRAL"})

    it = situation(seen(spot(), snapshots=(snapshot(), unchanged)), session(), AT)

    assert (it.degree, it.snapshot_age, it.leg(Contract(24500, "CE")).oi) == (0, 5.0, 1000)


def test_an_old_book_is_no_book():
    it = situation(seen(spot(), option(24500, "CE", ago=61)), session(), AT)

    leg = it.leg(Contract(24500, "CE"))
    assert (leg.bid, leg.ask, leg.age) == (None, None, 61.0)


def test_what_a_fast_clock_runs_ahead_of_its_ticks_makes_none_old():
    known = seen(spot(24500, 40), spot(24512, 18), option(24500, "CE", ago=62))

    it = situation(replace(known, lag=timedelta(seconds=15)), session(), AT)

    assert (it.spot_age, it.leg(Contract(24500, "CE")).age, it.leg(Contract(24500, "CE")).has_book) == (
        3.0,
        47.0,
        True,
    )
    assert it.momentum == {5: 0.0, 12: 0.0, 30: 12.0}


def test_the_nearest_expiry_is_decided_about_and_one_that_is_over_is_not():
    gone, far = date(2026, 11, 17), date(2026, 12, 1)
    both = (option(24500, expiry=gone), option(24500, expiry=far), option(24500), spot())

    it = situation(seen(*both), session(), AT)

    assert (it.expiry, it.days_to_expiry, it.lot_size) == (EXPIRY, 6, 65)


def test_a_held_chain_is_decided_about_however_near_another_is():
    far = date(2026, 12, 1)
    position = held(expiry=far, contract=Contract(23000, "PE"))

    it = situation(
        seen(spot(), option(24500), option(23000, "PE", expiry=far), position=position), session(), AT
    )

    assert it.expiry == far
    assert it.leg(it.position.contract).bid == 101.35
    assert it.position.held_minutes == 6.0


def test_a_commodity_goes_by_its_nearest_future():
    ticks = TickCache(spot_of_future=True)
    for expiry, price in (("2026-12-31", 91_500.0), ("2026-11-30", 91_000.0)):
        ticks.add(Tick(Listed(expiry), AT, price))

    it = situation(Seen("SILVERMIC", ticks, Chains()), session(), AT)

    assert it.spot == 91_000.0


def test_a_rising_market_with_a_bullish_chain_is_entered():
    it = situation(seen(*rising_ticks(), snapshots=(snapshot(),)), session(), AT)

    ruling = rule(it, MINIMAL.rules)

    assert (ruling.decision, ruling.contract) == ("ENTER", Contract(24500, "CE"))
    assert ruling.stop_loss < ruling.entry < ruling.target


def test_a_new_day_begins_without_momentum():
    of_yesterday = seen(*rising_ticks())
    of_yesterday.ticks.forget_before(EXPIRY + timedelta(days=1))

    it = situation(of_yesterday, session(), AT)

    assert (it.momentum, it.strikes, it.expiry) == ({}, (), None)


def test_the_legs_are_those_around_the_money_and_the_held_one():
    strikes = range(24000, 25050, 50)
    it = situation(
        seen(spot(24512), *(option(s) for s in strikes), position=held(contract=Contract(24000, "PE"))),
        session(),
        AT,
    )

    assert contracts_of(it) == {
        *(Contract(s, side) for s in range(24250, 24800, 50) for side in ("CE", "PE")),
        Contract(24000, "PE"),
    }


prices = st.floats(0.05, 60_000, allow_nan=False)
told = st.builds(
    Tick,
    st.sampled_from([Listed(), *(Listed("2026-11-24", s, side) for s in STRIKES for side in ("CE", "PE"))]),
    st.integers(0, 200).map(lambda ago: AT - timedelta(seconds=ago)),
    prices,
    st.none() | prices,
    st.none() | prices,
    st.none() | st.integers(0, 10**9),
)


@given(st.lists(told, max_size=60), st.booleans(), st.booleans())
def test_whatever_has_ticked_a_situation_comes_of_it_and_a_decision(ticks, has_snapshot, is_held):
    known = seen(
        *ticks, snapshots=(snapshot(),) if has_snapshot else (), position=held() if is_held else None
    )

    it = situation(known, session(), AT)
    ruling = rule(it, MINIMAL.rules)

    assert ruling.decision in ({"HOLD", "EXIT"} if is_held else {"ENTER", "WAIT"})
    assert evidence_of(it).bounded(4000).as_json()
    assert all(
        age is None or age >= 0 for age in (it.spot_age, it.snapshot_age, *(leg.age for leg in it.legs))
    )
    assert it.pcr_live is None or it.pcr_live >= 0


@given(st.lists(told, min_size=1, max_size=60))
def test_the_order_in_which_different_contracts_tick_does_not_matter(ticks):
    by_time = sorted(ticks, key=lambda tick: tick.at)
    by_contract = sorted(by_time, key=lambda tick: tick.listed)
    one, other = TickCache(), TickCache()
    for tick in by_time:
        one.add(tick)
    for tick in by_contract:
        other.add(tick)

    both = [situation(replace(seen(), ticks=cache), session(), AT) for cache in (one, other)]

    assert both[0] == both[1]
