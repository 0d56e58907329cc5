"""docs/verdicts.md says what the code does: each of its tables is computed, and its words are all there are."""

import re
from dataclasses import asdict
from math import nan
from pathlib import Path

import numpy as np
import pytest

from oi_common.market import buildup, direction, trade_signal, verdict
from oi_common.market.buildup import BuildUp, EarlierGreeks, MarketMove, adjusted_build_up, build_up
from oi_common.market.direction import DirectionVote, MarketDirection, market_direction
from oi_common.market.leg_views import LegMoves, LegViews, leg_views
from oi_common.market.trade_signal import SignalFacts
from oi_common.market.verdict import Verdict, strike_verdicts
from oi_common.market.window_changes import WindowStatus, pcr_of_change, window_direction

TEXT = (Path(__file__).parents[4] / "docs" / "verdicts.md").read_text()


def rows(heading):
    """The rows of the first table below a heading, each as its cells by column."""
    section = TEXT.split(f"# {heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE).group().splitlines()
    names, _, *cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(names, row, strict=True)) for row in cells]


def examples(heading):
    return pytest.mark.parametrize("row", rows(heading), ids=lambda row: " ".join(row.values()))


def number(cell):
    return None if cell == "-" else float(cell.replace(",", ""))


def floats(*cells):
    return [np.array([nan if number(cell) is None else number(cell)]) for cell in cells]


def leg(premium_percent, oi_before, oi_now):
    before, now = floats(oi_before, oi_now)
    return LegMoves.of([100 + number(premium_percent)], [100.0], now, before)


def views(side, moves, reference):
    labels = build_up(moves.premium_now, moves.premium_before, moves.oi_now, moves.oi_before)
    return leg_views(side, labels, moves, reference)


@pytest.mark.parametrize(
    ("heading", "thresholds"),
    [
        ("Thresholds of a build-up", buildup.DEFAULT_THRESHOLDS),
        ("Thresholds of a verdict", verdict.DEFAULT_THRESHOLDS),
        ("Thresholds of the direction", direction.DEFAULT_THRESHOLDS),
        ("Thresholds of a signal", trade_signal.DEFAULT_THRESHOLDS),
    ],
)
def test_every_threshold_is_told(heading, thresholds):
    assert {row["threshold"]: number(row["value"]) for row in rows(heading)} == asdict(thresholds)


@examples("Examples of build-up")
def test_build_up(row):
    cells = floats(row["premium now"], row["premium before"], row["OI now"], row["OI before"])

    assert list(build_up(*cells)) == [None if row["label"] == "-" else BuildUp(row["label"])]


@examples("Examples of adjusted build-up")
def test_adjusted_build_up(row):
    greeks = EarlierGreeks(*floats("0.5", "0.002", "10", "-12"))
    move = MarketMove(number(row["dF"]), number(row["dIV"]), number(row["dt"]))
    facts = (*floats(row["premium now"], row["premium before"]), 21_000.0, 20_000.0)

    explained = buildup.explained_change(greeks, move)[0]

    assert explained == pytest.approx(number(row["explained"]))
    assert facts[0][0] - facts[1][0] - explained == pytest.approx(number(row["residual"]), abs=1e-9)
    assert list(build_up(*facts)) == [row["plain"]]
    assert list(adjusted_build_up(*facts, greeks=greeks, move=move)) == [row["adjusted"]]


@examples("Views")
def test_views(row):
    still = leg("0", "1", "1")
    label = np.array([BuildUp(row["label"])], dtype=object)

    assert leg_views("CE", label, still, 1.0).view == pytest.approx([number(row["call"])])
    assert leg_views("PE", label, still, 1.0).view == pytest.approx([number(row["put"])])


@examples("Examples of a leg")
def test_a_leg(row):
    moves = leg(row["premium change %"], row["OI before"], row["OI now"])

    result = views(row["side"], moves, number(row["reference"]))

    assert list(result.labels) == [row["label"]]
    assert result.view == pytest.approx([number(row["view"])])
    assert result.magnitude == pytest.approx([number(row["magnitude"])])
    assert result.confidence == pytest.approx([number(row["confidence"])], abs=0.005)


@examples("Examples of a verdict")
def test_a_verdict(row):
    call, put = (leg(*row[side].split(", ")) for side in ("call", "put"))

    result = strike_verdicts(views("CE", call, 2_000.0), views("PE", put, 2_000.0))

    assert result.scores == pytest.approx([number(row["score"])], abs=0.00005)
    assert result.confidence == pytest.approx([number(row["confidence"])], abs=0.005)
    assert list(result.verdicts) == [row["verdict"]]


@examples("Examples of a direction")
def test_a_direction(row):
    votes = np.array([vote.split(" at ") for vote in row["votes"].split(", ")], dtype=float).T
    nobody = LegViews(np.array([], dtype=object), *[np.array([])] * 3)

    result = market_direction(LegViews(np.full(len(votes[0]), None), votes[0], votes[0], votes[1]), nobody)

    assert result.direction == row["direction"]
    assert result.bull_percent == pytest.approx(number(row["bull %"]), abs=0.05)
    assert result.bear_percent == pytest.approx(number(row["bear %"]), abs=0.05)
    assert result.high_share == pytest.approx(number(row["sure %"]), abs=0.05)
    assert result.confidence == pytest.approx(number(row["confidence"]), abs=0.005)


def signal(row):
    vote = DirectionVote(MarketDirection(row["direction"]), 41.0, 84.0, 16.0, votes=4, high_share=50.0)
    return trade_signal.trade_signal(
        SignalFacts(
            vote,
            spot=24_550.0,
            pcr=number(row["PCR"]),
            max_pain=number(row["max pain"]),
            supports=[number(row["support"])],
            resistances=[number(row["resistance"])],
        )
    )


@examples("Examples of a signal")
def test_a_signal(row):
    result = signal(row)

    assert (result.points, result.action) == (number(row["points"]), row["signal"])


def test_the_reasons_of_the_first_signal():
    result = signal(rows("Examples of a signal")[0])

    assert "".join(f"    {reason}\n" for reason in result.reasons) in TEXT


@examples("Examples of a window")
def test_a_window(row):
    ce, pe, spot = (number(row[name]) for name in ("CE OI change", "PE OI change", "spot %"))

    assert window_direction(ce, pe, spot) == row["word"]
    assert pcr_of_change(ce, pe) == pytest.approx(number(row["PCR of the change"]), abs=0.00005)


def test_every_word_is_told():
    for word in [*BuildUp, *MarketDirection, *Verdict]:
        assert all(part in TEXT for part in str(word).split(" ")), word
    assert [row["status"] for row in rows("Changes by window")] == list(WindowStatus)
