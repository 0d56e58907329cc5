"""The broker's Greeks as they go into the tables."""

from datetime import date, datetime

from bucketer.core.greeks import greeks_columns, merge
from oi_common.events import GreeksFetched
from oi_common.market.buckets import IST


def fetched(**said):
    at = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
    row = {"strike": 24500, "type": "CE", **said}
    return GreeksFetched(
        index_name="NIFTY", expiry=date(2026, 11, 24), feed_time=at, source="broker", rows=(row,)
    )


def test_they_have_the_digits_of_their_columns_so_that_no_database_has_to_round():
    told = fetched(iv=14.56725, delta=0.45789999, gamma=0.000123456789, theta=-36.68685, vega=28.34555)

    columns = greeks_columns(24500, merge({}, told))

    assert columns["ce_iv"] == round(14.56725, 4) == 14.5672
    assert [columns[f"ce_{name}"] for name in ("delta", "gamma", "theta", "vega")] == [
        0.4579,
        0.00012346,
        round(-36.68685, 4),
        round(28.34555, 4),
    ]
