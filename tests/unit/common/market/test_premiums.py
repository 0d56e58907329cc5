"""A premium is the middle of a believable quote, else the last trade, else unknown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oi_common.market.option_chain import Legs
from oi_common.market.premiums import SOURCES, premiums

anything = arrays(np.float64, 12, elements=st.floats(allow_nan=True, allow_infinity=True))


def legs(bid, ask, ltp):
    unknown = np.full(len(bid), np.nan)
    return Legs(unknown, unknown, *(np.array(each, dtype=np.float64) for each in (ltp, bid, ask)))


@pytest.mark.parametrize(
    ("bid", "ask", "last", "value", "source"),
    [
        (100.0, 104.0, 99.0, 102.0, "mid"),
        (100.0, 112.0, 99.0, 99.0, "last"),  # wider than a tenth of 106
        (100.0, 110.5, 99.0, 105.25, "mid"),  # 10.50 is no more than 10.525
        (0.05, 0.10, 0.15, 0.075, "mid"),
        (0.05, 0.25, 0.15, 0.15, "mid"),  # four ticks are never too wide
        (0.05, 0.30, 0.10, 0.10, "last"),
        (101.0, 101.0, 99.0, 101.0, "mid"),  # locked is not crossed
        (101.0, 100.0, 99.0, 99.0, "last"),  # crossed
        (0.0, 100.0, 99.0, 99.0, "last"),
        (100.0, 0.0, 99.0, 99.0, "last"),
        (np.nan, 100.0, 99.0, 99.0, "last"),
        (np.inf, np.inf, 99.0, 99.0, "last"),
        (100.0, 112.0, 0.0, np.nan, None),
        (np.nan, np.nan, np.nan, np.nan, None),
        (-2.0, -1.0, -1.0, np.nan, None),
    ],
)
def test_a_premium_is_the_middle_or_the_last_trade(bid, ask, last, value, source):
    found = premiums(legs([bid], [ask], [last]))

    assert found.value[0] == pytest.approx(value, nan_ok=True)
    assert SOURCES[found.source[0]] == source


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(anything, anything, anything)
def test_no_quote_raises_and_every_premium_is_a_price_with_a_source(bid, ask, last):
    found = premiums(legs(bid, ask, last))

    is_known = found.source > 0
    assert (np.isfinite(found.value) == is_known).all()
    assert (found.value[is_known] > 0.0).all()


@settings(deadline=None)
@given(st.floats(1.0, 1000.0), st.sampled_from([0.0, 0.02, 0.08, 0.12, 0.5]), st.floats(1.0, 1e4))
def test_a_premium_scales_with_its_quote(bid, width, factor):
    quote = legs([bid], [bid * (1.0 + width)], [0.9 * bid])
    scaled = legs(quote.bid * factor, quote.ask * factor, quote.ltp * factor)

    found, larger = premiums(quote, tick=0.001), premiums(scaled, tick=0.001 * factor)

    assert larger.value == pytest.approx(found.value * factor)
    assert larger.source.tolist() == found.source.tolist()
