"""Chain measures, by hand and against the plainest formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.chain import Contract, at_the_money, max_pain, put_call_ratio


def test_pcr_is_puts_by_calls():
    assert put_call_ratio([300, 500], [400, 600]) == pytest.approx(0.8)


@pytest.mark.parametrize(("puts", "calls"), [([5], []), ([5], [0]), ([], [5]), ([None], [5]), ([5], [None])])
def test_pcr_is_none_where_it_is_undefined_or_unknown(puts, calls):
    assert put_call_ratio(puts, calls) is None


def test_pcr_of_known_zero_puts_is_zero():
    assert put_call_ratio([0, None], [10]) == 0


def test_max_pain_by_hand():
    # pain(100) = 3*10 + 6*20, pain(110) = 2*10 + 6*10, pain(120) = 2*20 + 1*10: 150, 80, 50
    oi = {
        Contract(100, "CE"): 2, Contract(110, "CE"): 1, Contract(120, "CE"): 0,
        Contract(100, "PE"): 0, Contract(110, "PE"): 3, Contract(120, "PE"): 6,
    }  # fmt: skip

    assert max_pain(oi) == 120


def test_a_tie_goes_to_the_strike_nearest_spot_and_an_empty_chain_has_no_max_pain():
    oi = {Contract(100, "CE"): 1, Contract(110, "PE"): 1}

    assert max_pain({}) is None
    assert max_pain({Contract(100, "CE"): None}) is None
    assert max_pain(oi) == 100
    assert max_pain(oi, spot=109) == 110


chains = st.dictionaries(
    st.builds(Contract, st.integers(1, 60).map(lambda n: n * 50), st.sampled_from(["CE", "PE"])),
    st.integers(0, 10**7),
    min_size=1,
    max_size=40,
)


@given(chains)
def test_no_listed_strike_pays_less_than_max_pain(oi):
    def paid(at):
        calls = sum(v * max(0, at - c.strike) for c, v in oi.items() if c.side == "CE")
        return calls + sum(v * max(0, c.strike - at) for c, v in oi.items() if c.side == "PE")

    found = max_pain(oi)

    if found is None:
        assert not any(oi.values())
    else:
        assert paid(found) == min(paid(contract.strike) for contract in oi)


def test_the_money_is_the_nearest_listed_strike():
    assert at_the_money([100, 150, 200], 149) == 150
    assert at_the_money([100, 150], 125) == 100
    assert at_the_money([100], None) is None
    assert at_the_money([], 10) is None
