"""Find what the underlying stood at in each snapshot of a recording."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core.carry import RATE
from simulator.core.recorded_chain import Moments, RecordedChain
from simulator.core.sessions import closing_time

_YEAR_SECONDS: Final = 365.0 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SpotSeries:
    """The spot of each snapshot that tells one, with both of its times, in the order collected."""

    collected_at: Moments
    stamped_at: Moments
    price: Floats


def spot_series(chain: RecordedChain) -> SpotSeries:
    """Take the recorded spot where there is one, else put-call parity at the near expiry."""
    order = np.argsort(chain.collected_at, kind="stable")
    ordered = chain.where(order)
    moments, begins = np.unique(ordered.collected_at, return_index=True)
    ends = np.append(begins[1:], len(ordered))
    prices = np.array(
        [_spot_of(ordered.where(np.arange(begin, end))) for begin, end in zip(begins, ends, strict=True)]
    )
    is_known = ~np.isnan(prices)
    return SpotSeries(moments[is_known], ordered.stamped_at[begins][is_known], prices[is_known])


def _spot_of(snapshot: RecordedChain) -> float:
    recorded = snapshot.spot[snapshot.spot > 0.0]
    return float(recorded[0]) if len(recorded) else parity_spot(snapshot)


def parity_spot(snapshot: RecordedChain) -> float:
    """Return K exp(-rT) + C - P at the strike where |C - P| is least, NaN when no strike has both prices."""
    near = snapshot.where(snapshot.expiry == snapshot.expiry.min())
    premium = _premium(near)
    is_priced = premium > 0.0
    calls = dict(zip(near.strike[near.is_call & is_priced], premium[near.is_call & is_priced], strict=True))
    puts = dict(zip(near.strike[~near.is_call & is_priced], premium[~near.is_call & is_priced], strict=True))
    both = calls.keys() & puts.keys()
    if not both:
        return float("nan")
    strike = min(both, key=lambda each: (abs(calls[each] - puts[each]), each))
    discount = np.exp(-RATE * years_left(near)[0])
    return round(float(strike * discount + calls[strike] - puts[strike]), 2)


def years_left(rows: RecordedChain) -> Floats:
    """Return the time from each row's stamp to the end of its contract in years, at least a minute."""
    days = rows.expiry.astype("datetime64[D]")
    closes = {day: _closing_minutes(day.item()) for day in np.unique(days)}
    ends = days + np.array([closes[day] for day in days])
    return np.asarray(np.maximum((ends - rows.stamped_at) / np.timedelta64(1, "s"), 60.0) / _YEAR_SECONDS)


def _closing_minutes(day: date) -> np.timedelta64:
    closes = closing_time(day)
    return np.timedelta64(closes.hour * 60 + closes.minute, "m")


def _premium(rows: RecordedChain) -> Floats:
    """Return the middle of bid and ask, where either is missing the last price."""
    has_both = (rows.bid > 0.0) & (rows.ask > 0.0)
    return np.where(has_both, (rows.bid + rows.ask) / 2.0, np.nan_to_num(rows.ltp))
