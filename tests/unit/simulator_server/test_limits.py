from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulator.core.endpoints import ENDPOINTS, is_order_path
from simulator.core.limits import RateLimits
from simulator.testing import moment

QUOTE, CANDLES, OI = ENDPOINTS["quote"], ENDPOINTS["getCandleData"], ENDPOINTS["getOIData"]


def later(seconds):
    return moment(10) + timedelta(seconds=seconds)


def test_clients_do_not_share_their_quotas():
    limits = RateLimits()
    for _ in range(10):
        limits.admits("A", QUOTE, moment(10))

    assert not limits.admits("A", QUOTE, moment(10))
    assert limits.admits("B", QUOTE, moment(10))


def test_a_refused_request_is_not_counted():
    limits = RateLimits()
    for _ in range(50):
        limits.admits("A", CANDLES, later(0))

    assert [limits.admits("A", CANDLES, later(1)) for _ in range(4)] == [True, True, True, False]


def test_the_minute_has_its_own_bound():
    limits = RateLimits()
    admitted = [limits.admits("A", CANDLES, later(second / 3)) for second in range(180)]
    assert all(admitted)

    assert not limits.admits("A", CANDLES, later(59.99))
    assert limits.admits("A", CANDLES, later(60.01))


def test_candles_and_oi_share_one_quota():
    limits = RateLimits()
    for endpoint in (OI, CANDLES, OI):
        assert limits.admits("A", endpoint, moment(10))

    assert not limits.admits("A", CANDLES, moment(10))


def test_what_is_not_listed_is_not_limited():
    limits = RateLimits()

    assert all(limits.admits("A", ENDPOINTS["putCallRatio"], moment(10)) for _ in range(1000))


@given(st.lists(st.floats(0, 30), min_size=1, max_size=150))
def test_no_second_ever_holds_more_than_its_bound(moments):
    limits = RateLimits()
    admitted = [at for at in sorted(moments) if limits.admits("A", QUOTE, later(at))]

    for at in admitted:
        assert sum(at - 1 + 1e-3 < other <= at for other in admitted) <= 10


def test_order_paths_are_told_from_data_paths():
    assert is_order_path("/rest/secure/angelbroking/order/v1/placeOrder")
    assert is_order_path("/gtt-service/rest/secure/angelbroking/gtt/v1/createRule")
    assert not is_order_path("/rest/secure/angelbroking/market/v1/quote")
