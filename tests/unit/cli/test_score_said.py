"""How a scorecard is told: in lines, as a document, as a picture."""

import io
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image
from rich.console import Console

from oi_cli.score.card import carded
from oi_cli.score.cases import Cost, Scores
from oi_cli.score.words import NOT_ENOUGH, billed, document, show_card
from support.score_cases import case, cases, scores


def printed(card):
    console = Console(file=io.StringIO(), width=500)
    show_card(console, card)
    return console.file.getvalue()


def test_what_entered_nothing_counts_as_a_decision_worth_nothing():
    card = carded(
        scores(*cases(2, 1), passed={("minimal", "llm"): 97, ("minimal", "always_wait"): 100}), "path"
    )

    lines = {(line.engine, line.horizon): line for line in card.lines}
    assert (lines["llm", "path"].decisions, lines["llm", "path"].figures.entered) == (100, 3)
    assert (lines["always_wait", "15"].decisions, lines["always_wait", "15"].figures.net) == (100, 0)


def test_a_little_is_told_as_little():
    said = printed(carded(scores(*cases(5, 2)), "path"))

    assert "minimal llm stop/target: decisions 7, entered 7, known 7" in said
    assert f"hits 5, hit rate {NOT_ENOUGH}" in said
    assert "%" not in said.split("95 of 100 cases")[1]


def test_enough_is_told_with_its_intervals():
    said = printed(carded(scores(*cases(24, 16)), "path"))

    assert "hits 24, hit rate 60 % [45..74], gross each +96" in said
    assert "by confidence: 60-70: 24 of 40 hit, 60 % [45..74]" in said


def test_the_price_of_a_model_is_set_against_what_it_brought():
    paid = Cost("minimal", 100, 40, Decimal("8.40"))

    earned, lost = (
        carded(scores(case(0, net), costs=(paid,)), "path").bills[0] for net in ("420.00", "-1.00")
    )

    assert (earned.each, earned.per_net_rupee) == (pytest.approx(0.21), pytest.approx(0.02))
    assert "0.0200 for a net rupee" in billed(earned)
    assert lost.per_net_rupee is None
    assert "no net rupee was earned" in billed(lost)


def test_the_document_says_null_where_it_does_not_know():
    told = document(carded(scores(*cases(5, 2), costs=(Cost("minimal", 7, 0, Decimal(0)),)), "path"))

    line = next(each for each in told["lines"] if each["horizon"] == "path")
    assert (line["hits"], line["net"], line["hit_rate"], line["is_enough"]) == (5, 380.0, None, False)
    assert told["costs"] == [
        {
            "loop": "minimal",
            "decisions": 7,
            "paid": 0,
            "rupees": 0.0,
            "each": None,
            "net": 380.0,
            "per_net_rupee": None,
        }
    ]


@pytest.mark.parametrize("entries", [[], cases(5, 2), cases(24, 16)], ids=["none", "few", "enough"])
def test_the_picture_can_be_drawn_of_anything(tmp_path, entries):
    from oi_cli.score.picture import draw  # noqa: PLC0415 - matplotlib is slow to import

    passed = {("minimal", "always_wait"): 9, ("rich", "rules"): 2}
    draw(
        carded(scores(*entries, passed=passed, costs=(Cost("minimal", 7, 1, Decimal(1)),)), "path"),
        tmp_path / "s.png",
    )

    with Image.open(tmp_path / "s.png") as drawn:
        assert (drawn.width, drawn.height > 1500) == (1080, True)


def test_several_days_are_named(tmp_path):
    card = carded(Scores(date(2026, 11, 2), date(2026, 11, 6), (), {("rich", "llm"): 1}, ()), "15")

    assert printed(card).startswith("Scorecard of 2026-11-02 to 2026-11-06")
