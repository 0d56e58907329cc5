"""What a person reads: whole sentences made of what is known, and nothing of what is not."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from ai_rich.core.figures import level, units
from ai_rich.core.picture import Picture, with_snapshot
from ai_rich.core.situations import Seen, situation
from ai_rich.core.wording import by_model, by_rules
from ai_rich.settings import POLICY
from oi_common.advice import Position, rule
from oi_common.advice.decided import Engine, decision_event
from oi_common.market.chain import Contract
from oi_common.values import MAX_PRICE
from support.rich import AT, EXPIRY, MEASURES, saved

HELD = Position(Contract(24500, "CE"), 65, 100.0, 85.0, 130.0, held_minutes=6.0)


def read(picture, position=None, at=AT):
    it = situation("NIFTY", at, picture, Seen(position=position))
    event = decision_event("rich", it, rule(it, POLICY.rules), Engine(None))
    return by_rules(event, it, picture)


def picture(*, before=1.0532, **changes):
    earlier = with_snapshot(Picture(EXPIRY), saved(AT - timedelta(minutes=3), pcr_oi=before))
    return with_snapshot(earlier, saved(**changes))


def test_an_entry_says_what_is_bought_why_where_and_at_what_risk():
    assert read(picture()) == (
        "ENTER 24500 CE, at 101.50, stop 86.30, target 131.95 (confidence 61): chain, signal and book agree, and no wall"
        " is near. NIFTY stands at 24,512.35. The chain reads bullish, confidence 44 of 100, signal BUY. Over the last 15"
        " minutes calls added 3.2 lakh and puts added 5.6 lakh while the index rose 32.4 points, which reads bullish. PCR"
        " 1.08 (1.05 3 minutes ago), max pain 24,450, IV at the money 12.4 %, straddle 210.50 or 0.86 % of the index."
        " Support 24,400 (52.0 lakh puts, 18 % of them), then 24,300; resistance 24,600 (61.0 lakh calls, 21 % of them)."
        " Risk: ₹15.20 a unit, ₹988 a lot of 65 before charges; the index below 24,400 would prove it wrong."
    )


def test_waiting_says_why_and_what_to_watch():
    text = read(picture(direction="NEUTRAL", trade_signal="HOLD"))

    assert text.startswith("WAIT: The chain says neutral. NIFTY stands at 24,512.35. The chain reads neutral")
    assert text.endswith("To watch: a move above 24,600 or below 24,400 would change the picture.")


def test_a_position_is_told_with_what_it_has_gained():
    text = read(picture(), position=HELD)

    assert text.startswith(
        "HOLD 24500 CE, stop 85.00, target 130.00 (confidence 60): Neither stop nor target is reached."
    )
    assert "Held: 65 of 24500 CE, bought 6 minutes ago at 100.00, the bid is 101.20 (+1.20 a unit)." in text
    assert "Risk: ₹15.00 a unit, ₹975 a lot of 65 before charges; the index below 24,400" in text


def test_a_position_without_stop_and_target_is_told_without_them():
    text = read(picture(), position=replace(HELD, stop_loss=0.0, target=MAX_PRICE))

    assert text.startswith("HOLD 24500 CE (confidence 60): ")
    assert "Risk:" not in text


def test_leaving_a_position_tells_why():
    text = read(picture(direction="STRONGLY_BEARISH"), position=replace(HELD, held_minutes=0.2))

    assert text.startswith(
        "EXIT 24500 CE: The chain goes the other way. Held: 65 of 24500 CE, bought just now at 100.00"
    )
    assert "Risk" not in text


@pytest.mark.parametrize("unknown", MEASURES)
def test_a_measure_that_is_unknown_leaves_whole_sentences(unknown):
    text = read(picture(**{unknown: None}))

    assert_reads_well(text)


def test_with_every_measure_unknown_the_text_says_so_and_no_more():
    text = read(with_snapshot(Picture(EXPIRY), saved(spot=None, rows=(), **dict.fromkeys(MEASURES))))

    assert_reads_well(text)
    assert "Spot of NIFTY is unknown. Which way the chain leans is unknown." in text
    assert len(text) < 250


def test_of_an_empty_picture_the_text_reads_well_too():
    assert_reads_well(read(Picture(EXPIRY)))
    assert_reads_well(read(Picture(EXPIRY), position=HELD))


def assert_reads_well(text):
    assert "None" not in text
    assert "nan" not in text.lower()
    assert not re.search(r"  |\.\.|,,|\( |\(\)| \.|: \.|_", text), text
    assert text.endswith(".")


def test_few_votes_a_shift_and_the_last_hours_are_said():
    walls = [{"strike": 24600, "oi": 50, "strength": 0.2}], [{"strike": 24650, "oi": 60, "strength": 0.2}]
    seen = Picture(EXPIRY)
    for step, resistance in enumerate((walls[0], walls[0], walls[1], walls[1])):
        at = AT.replace(day=23, hour=15) + timedelta(minutes=3 * step)
        seen = with_snapshot(seen, saved(at, resistance=resistance, direction="INSUFFICIENT_DATA"))

    text = read(seen, at=AT.replace(day=23, hour=15, minute=11))

    assert "Too few contracts have moved to tell which way the chain leans." in text
    assert "The resistance has moved up from 24,600 to 24,650 just now." in text
    assert "The contracts expire today, in 29 minutes: premiums decay fast." in text


def test_a_models_answer_reads_as_one_paragraph():
    it = situation("NIFTY", AT, picture(), Seen())
    ruling = replace(rule(it, POLICY.rules), reason="Puts are written under spot")
    event = decision_event("rich", it, ruling, Engine("some/model"))
    advice = {"view": "Rising.", "strategy": "Buy the dip", "risk": "", "levels": [24400.0, 24600.0]}

    assert by_model(event, advice) == (
        "ENTER 24500 CE, at 101.50, stop 86.30, target 131.95 (confidence 61): Puts are written under spot."
        " View: Rising. Strategy: Buy the dip. Levels: 24,400, 24,600."
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [(325, "325"), (48_300, "48 thousand"), (123_456, "1.2 lakh"), (11_800_000, "1.18 crore"), (0, "0")],
)
def test_units_are_said_as_traders_say_them(value, said):
    assert units(value) == said


def test_levels_have_paise_only_where_there_are_any():
    assert (level(24500), level(24512.35)) == ("24,500", "24,512.35")
