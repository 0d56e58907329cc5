"""What the deep model is told: the whole chain, within a bound, and nothing unknown."""

import json
from datetime import timedelta

from ai_rich.core.facts import more_facts
from ai_rich.core.picture import Picture, with_changes, with_snapshot
from ai_rich.core.shifts import Shift, shift_of
from ai_rich.core.situations import Seen, situation
from ai_rich.core.triggers import of_change
from ai_rich.settings import POLICY
from oi_common.advice import evidence_of
from support.rich import AT, EXPIRY, MEASURES, STRIKES, changed, saved

BUCKET = timedelta(minutes=3)


def half_an_hour(**changes):
    seen = Picture(EXPIRY)
    for step in range(10, -1, -1):
        seen = with_snapshot(seen, saved(AT - step * BUCKET, pcr_oi=1.0832 - step / 100, **changes))
    return with_changes(seen, changed())


def told(picture, at=AT):
    it = situation("NIFTY", at, picture, Seen())
    return evidence_of(it).with_facts(more_facts(of_change(changed(at), 0.1), picture, it))


def test_all_strikes_windows_walls_and_half_an_hour_of_buckets_are_told():
    facts = told(half_an_hour()).bounded(POLICY.evidence_size).facts

    assert all(f"leg.{strike}{side}.oi" in facts for strike in STRIKES for side in ("CE", "PE"))
    assert facts["row.24500.verdict"] == "Mild_Bullish"
    assert (facts["leg.24500CE.oi_change"], facts["leg.24500CE.buildup"]) == (6_500, "long_buildup")
    assert (facts["leg.24500CE.theta"], facts["leg.24500CE.bid"]) == (-11.2, 101.2)
    assert (facts["window.15m.pe_oi_change"], facts["window.15m.direction"]) == (560_000, "bullish")
    assert (facts["past.3m.pcr_oi"], facts["past.30m.pcr_oi"]) == (1.0732, 0.9832)
    assert (facts["wall.s1"], facts["wall.s1.change"], facts["wall.s1.is_fresh"]) == (24400, 81_000, "yes")
    assert (facts["trade_signal"], facts["signal.direction_points"], facts["signal.walls_points"]) == (
        "BUY",
        2,
        1,
    )
    assert (facts["moved.24500CE.change"], facts["trigger.changed_ratio"]) == (6_500, 0.25)


def test_the_farthest_strikes_are_cut_off_first():
    whole, bounded = told(half_an_hour()), told(half_an_hour()).bounded(11_000)

    assert len(bounded.as_json().encode()) <= 11_000 < len(whole.as_json().encode())
    assert {"spot", "direction", "window.15m.direction", "past.30m.pcr_oi", "leg.24500CE.ask"} <= set(
        bounded.facts
    )
    assert "row.24000.verdict" in whole.facts
    assert "row.24000.verdict" not in bounded.facts


def test_the_prompt_of_a_wide_chain_stays_within_its_bound():
    rows = tuple({**dict(row), "strike": 20000 + 50 * place} for place, row in enumerate(saved().rows * 10))
    picture = with_snapshot(Picture(EXPIRY), saved(rows=rows))

    shown = told(picture).bounded(POLICY.evidence_size)

    assert 0.9 * POLICY.evidence_size < len(shown.as_json().encode()) <= POLICY.evidence_size


def test_what_is_unknown_is_no_fact():
    unknown = dict.fromkeys(MEASURES)
    picture = with_snapshot(
        Picture(EXPIRY), saved(spot=None, rows=({"strike": 24500, "ce_oi": 5},), **unknown)
    )

    facts = told(picture).facts

    assert facts["leg.24500CE.oi"] == 5
    assert not [name for name in facts if name.startswith(("window", "past", "shift", "signal", "wall"))]
    assert "null" not in json.dumps(dict(facts))
    assert {"leg.24500PE.oi", "row.24500.verdict", "spot"}.isdisjoint(facts)


def test_of_an_empty_picture_only_what_is_known_is_told():
    facts = told(Picture(EXPIRY)).facts

    assert facts["trigger"] == "oi_change"
    assert "strikes" not in facts


def wall(strike, oi):
    return {"strike": strike, "oi": oi, "strength": 0.2, "is_beyond": False}


def test_a_wall_has_shifted_once_the_new_one_led_twice():
    before, after = [wall(24600, 50), wall(24700, 40)], [wall(24700, 60), wall(24600, 50)]
    picture = Picture(EXPIRY)
    for minute, walls in enumerate((before, before, after, after, after)):
        picture = with_snapshot(picture, saved(AT + minute * BUCKET, resistance=walls))

    assert shift_of("resistance", picture.buckets) == Shift(24700, came_from=24600, minutes_ago=3)
    assert shift_of("support", picture.buckets) == Shift(24400)


def test_a_bucket_that_is_missing_does_not_make_a_shift():
    after = [wall(24700, 60), wall(24600, 50)]
    picture = with_snapshot(Picture(EXPIRY), saved(resistance=[wall(24600, 50), wall(24700, 40)]))
    picture = with_snapshot(picture, saved(AT + 3 * BUCKET, resistance=after))

    assert shift_of("resistance", picture.buckets) == Shift(24600, challenger=24700)
