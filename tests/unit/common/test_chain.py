"""The strike at the money, of plain listed strikes."""

from oi_common.market.chain import at_the_money


def test_the_money_is_the_nearest_listed_strike():
    assert at_the_money([100, 150, 200], 149) == 150
    assert at_the_money([100, 150], 125) == 100
    assert at_the_money([100], None) is None
    assert at_the_money([], 10) is None
