"""Whatever ticks in whichever order, a situation and a decision come of it."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ai_minimal.core.market import TickCache
from ai_minimal.core.situations import situation
from ai_minimal.core.ticks import Listed, Tick
from oi_common.advice import MINIMAL, evidence_of, rule
from support.ai_minimal import AT, STRIKES, held, seen, session, snapshot

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
