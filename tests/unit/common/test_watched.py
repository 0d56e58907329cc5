"""What is watched, by segment: indices and shares by name, or one commodity."""

import pytest

from oi_common.errors import Misconfigured
from oi_common.market.underlyings import COMMODITIES, INDICES, segment_of
from oi_common.market.watched import USUAL
from oi_common.settings import ServiceSettings


@pytest.fixture
def watched(monkeypatch):
    """The underlyings that an environment comes to: watched(FEED_SEGMENT="MCX")."""
    for name in ("FEED_SEGMENT", "INDICES", "MCX_NAME", "SIMULATOR_URL"):
        monkeypatch.delenv(name, raising=False)

    def load(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return ServiceSettings.load().indices

    return load


@pytest.mark.parametrize(
    ("segment", "names"),
    [
        ("NFO", ("NIFTY", "BANKNIFTY")),
        ("BFO", ("SENSEX", "BANKEX")),
        ("NSE", ("NIFTY", "BANKNIFTY")),
        ("MCX", ("SILVERMIC",)),
    ],
)
def test_each_segment_has_its_usual_names(watched, segment, names):
    assert watched(FEED_SEGMENT=segment, INDICES="") == names


def test_of_mcx_the_named_commodity_is_watched_whatever_the_indices(watched):
    assert watched(FEED_SEGMENT="MCX", MCX_NAME=" crudeoilm", INDICES="NIFTY") == ("CRUDEOILM",)


def test_indices_of_both_exchanges_and_shares_may_be_watched_together(watched):
    assert watched(INDICES="nifty, SENSEX,M&M,BAJAJ-AUTO,NIFTY") == ("NIFTY", "SENSEX", "M&M", "BAJAJ-AUTO")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"INDICES": "NIFTTY"}, "INDICES: NIFTTY is not an index we know; choose from BANKEX, BANKNIFTY"),
        ({"INDICES": "{NIFTY}"}, r"INDICES: \{NIFTY\} is not an index we know"),
        ({"INDICES": " , "}, "INDICES: names nothing"),
        (
            {"INDICES": "NIFTY,GOLDM"},
            "INDICES: GOLDM is a commodity: set FEED_SEGMENT=MCX and MCX_NAME=GOLDM",
        ),
        (
            {"MCX_NAME": "GOLDMIC"},
            "MCX_NAME: GOLDMIC is not a commodity we know; choose from GOLDM, GOLD, GOLDG",
        ),
        (
            {"MCX_NAME": "QQQ", "FEED_SEGMENT": "MCX"},
            "MCX_NAME: QQQ is not a .* choose from ALUMINI, ALUMINIUM",
        ),
        ({"FEED_SEGMENT": "CDS"}, "FEED_SEGMENT: "),
    ],
)
def test_a_name_that_can_be_none_is_refused_with_its_variable(watched, variables, said):
    with pytest.raises(Misconfigured, match=f"^{said}"):
        watched(**variables)


@pytest.mark.parametrize(
    ("name", "segment"),
    [("NIFTYNXT50", "NFO"), ("SENSEX", "BFO"), ("BANKEX", "BFO"), ("NATURALGAS", "MCX"), ("RELIANCE", "NFO")],
)
def test_every_name_has_a_segment(name, segment):
    assert segment_of(name) == segment


def test_the_usual_names_are_of_their_segment():
    assert {segment_of(name) for name in USUAL["NFO"]} == {"NFO"}
    assert {segment_of(name) for name in USUAL["BFO"]} == {"BFO"}
    assert not COMMODITIES & INDICES.keys()
