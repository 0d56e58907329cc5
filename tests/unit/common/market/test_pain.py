"""Max pain by hand, as published, and against the plainest formula."""

import pytest

from oi_common.market.pain import max_pain, pain_by_strike
from support.chains import Quote, by_hand, chain_of, mirrored, random_quotes, shuffled

# The example of Zerodha Varsity's chapter on max pain: its least pain is 438,277,500 at 7800.
VARSITY = {7700: (1_823_400, 5_783_025), 7800: (3_448_575, 4_864_125), 7900: (5_367_450, 2_559_375)}


def test_the_published_example_is_met_strike_by_strike():
    pain = pain_by_strike(by_hand(VARSITY))

    assert pain.calls.tolist() == [0, 182_340_000, 709_537_500]
    assert pain.puts.tolist() == [998_287_500, 255_937_500, 0]
    assert pain.total.min() == 438_277_500
    assert max_pain(by_hand(VARSITY)) == 7800


def test_a_tie_goes_to_the_strike_nearest_spot_and_without_spot_to_the_lowest():
    chain = by_hand({100: (1, 0), 110: (0, 0), 120: (0, 1)})

    assert max_pain(chain) == 100
    assert max_pain(chain, spot=118.0) == 120
    assert max_pain(chain, spot=115.0) == 110
    assert max_pain(chain, spot=float("nan")) == 100


@pytest.mark.parametrize("table", [{}, {100: (None, None)}, {100: (0, 0), 110: (0, None)}])
def test_a_chain_without_open_interest_has_no_max_pain(table):
    assert max_pain(by_hand(table), 100.0) is None


def test_one_strike_is_its_own_max_pain():
    assert max_pain(by_hand({100: (5, None)})) == 100


def paid(quotes, at):
    """The oracle: a loop over the contracts, in whole numbers."""
    total = 0
    for (strike, side), quote in quotes.items():
        gap = at - strike if side == "CE" else strike - at
        total += (quote.oi or 0) * max(0, gap)
    return total


def least_pain(quotes, spot):
    strikes = sorted({strike for strike, _ in quotes})
    if not any(quote.oi for quote in quotes.values()):
        return None
    return min(strikes, key=lambda at: (paid(quotes, at), abs(at - spot) if spot else 0, at))


def test_ten_thousand_chains_have_the_max_pain_of_the_slow_oracle():
    found = set()
    for seed in range(10_000):
        quotes = random_quotes(seed)
        spot = None if seed % 3 == 0 else seed % 2000
        chain = chain_of(quotes)

        assert max_pain(chain, spot) == least_pain(quotes, spot), seed
        assert pain_by_strike(chain).total.tolist() == [paid(quotes, at) for at in chain.strikes], seed
        found.add(max_pain(chain, spot))
    assert None in found
    assert len(found) > 30


@pytest.mark.parametrize("seed", range(0, 400, 7))
def test_neither_the_scale_of_oi_nor_the_order_of_rows_moves_max_pain(seed):
    quotes = random_quotes(seed)
    lots = {contract: Quote(oi=quote.oi and quote.oi * 75) for contract, quote in quotes.items()}
    other_order = shuffled(quotes, seed)

    found = [max_pain(chain_of(each), 900) for each in (quotes, lots, other_order)]

    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("seed", range(0, 400, 7))
def test_a_chain_seen_in_a_mirror_has_the_mirrored_pain(seed):
    quotes = random_quotes(seed)

    pain, of_mirror = pain_by_strike(chain_of(quotes)), pain_by_strike(chain_of(mirrored(quotes)))

    assert pain.calls.tolist() == of_mirror.puts.tolist()[::-1]
    assert pain.puts.tolist() == of_mirror.calls.tolist()[::-1]
