"""The situation of a second, from hand-made ticks and snapshots."""

from datetime import date, timedelta

import pytest

from ai_minimal.core.chains import Chains
from ai_minimal.core.market import TickCache
from ai_minimal.core.situations import Seen, situation
from ai_minimal.core.ticks import Listed, Tick
from oi_common.advice import MINIMAL, rule
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
