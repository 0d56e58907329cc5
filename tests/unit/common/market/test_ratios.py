"""Put-call ratios, by hand and against sums by hand."""

import numpy as np
import pytest

from oi_common.market.ratios import pcr_by_oi, pcr_by_oi_change, pcr_by_volume, put_call_ratio, side_sum
from support.chains import Quote, by_hand, chain_of, random_changes, random_quotes

NAN = np.nan


def told(*values):
    return np.array(values, dtype=float)


def test_the_ratio_is_puts_by_calls():
    found = put_call_ratio(puts=told(300, 500), calls=told(400, 600))

    assert (found.ratio, found.puts, found.calls) == (0.8, 800, 1000)


def test_the_published_ratio_of_16_october_2023_is_met():
    # NIFTY of 26 Oct 2023: published as 1.21
    chain = by_hand({19700: (762_939, 921_820)})

    assert pcr_by_oi(chain).ratio == pytest.approx(1.21, abs=0.005)


@pytest.mark.parametrize(
    ("puts", "calls"),
    [([5], []), ([5], [0]), ([5], [NAN]), ([], [5]), ([NAN], [5]), ([5], [-3]), ([-5], [3])],
)
def test_the_ratio_is_none_where_it_is_undefined_and_the_sums_are_told_all_the_same(puts, calls):
    found = put_call_ratio(told(*puts), told(*calls))

    assert found.ratio is None
    assert (found.puts, found.calls) == (side_sum(told(*puts)), side_sum(told(*calls)))


def test_puts_that_are_known_to_be_none_give_zero_and_the_unknown_is_left_out():
    assert put_call_ratio(told(0, NAN), told(10, NAN)).ratio == 0.0
    assert side_sum(told(300, NAN, 500)) == 800
    assert side_sum(told(NAN, NAN)) is None


def test_when_both_sides_leave_the_ratio_is_above_zero_and_the_sums_say_so():
    found = pcr_by_oi_change(call_change=told(-400, -600), put_change=told(-500, NAN))

    assert (found.ratio, found.puts, found.calls) == (0.5, -500, -1000)


def test_volume_has_a_ratio_of_its_own():
    chain = chain_of({(100, "CE"): Quote(volume=1500, oi=1), (100, "PE"): Quote(volume=1200, oi=7)})

    assert pcr_by_volume(chain).ratio == 0.8


def summed(quotes, side, field):
    """The oracle: a loop over the contracts."""
    total = None
    for (_, of_side), quote in quotes.items():
        value = getattr(quote, field)
        if of_side == side and value is not None:
            total = (total or 0) + value
    return total


def ratio_of(puts, calls):
    if puts is None or calls is None or calls == 0 or (puts < 0 < calls) or (calls < 0 < puts):
        return None
    return puts / calls


def test_ten_thousand_chains_have_the_ratios_of_the_slow_oracle():
    undefined = 0
    for seed in range(10_000):
        quotes = random_quotes(seed)
        chain = chain_of(quotes)
        for field, measure in (("oi", pcr_by_oi), ("volume", pcr_by_volume)):
            puts, calls = summed(quotes, "PE", field), summed(quotes, "CE", field)
            found = measure(chain)

            assert (found.ratio, found.puts, found.calls) == (ratio_of(puts, calls), puts, calls), seed
            undefined += found.ratio is None
    assert 1_000 < undefined < 15_000


def test_ten_thousand_changes_have_the_ratios_of_the_slow_oracle():
    for seed in range(10_000):
        calls, puts = random_changes(seed, chain_of(random_quotes(seed)))
        found = pcr_by_oi_change(calls, puts)
        of_calls, of_puts = (sum(one for one in side.tolist() if one == one) for side in (calls, puts))  # noqa: PLR0124

        if found.ratio is None:
            assert found.puts is None or found.calls is None or not of_calls or of_puts * of_calls < 0, seed
        else:
            assert found.ratio == of_puts / of_calls, seed
