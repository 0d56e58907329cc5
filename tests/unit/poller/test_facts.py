from datetime import date, datetime, timedelta

from oi_common.broker.contracts import Instrument
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract
from poller.core.plan import Job, Work
from poller.core.reading import ChainRead, QuoteRead
from poller.facts import chain_polled

SLOT = datetime(2026, 8, 6, 9, 16, tzinfo=IST)
SECOND = timedelta(seconds=1)
EXPIRY = date(2026, 8, 6)
TRACKED = {
    Contract(24500, side): Instrument(
        "NFO", token, f"NIFTY06AUG2624500{side}", "NIFTY", "OPTIDX", 65, 0.05, EXPIRY, 24500, side
    )
    for side, token in (("CE", "43521"), ("PE", "43522"))
}


def test_a_poll_is_fed_when_its_newest_quote_was():
    older, newer = SLOT - 2 * SECOND, SLOT - SECOND
    quotes = {
        Contract(24500, "CE"): QuoteRead(ltp=10.0, oi=1, feed_time=newer),
        Contract(24500, "PE"): QuoteRead(ltp=12.0, oi=2, feed_time=older),
    }

    poll = chain_polled(
        Job(SLOT, Work.POLL, 0, "NIFTY", SLOT), EXPIRY, ChainRead(None, quotes), TRACKED, asked_at=SLOT
    )

    assert (poll.feed_time, poll.polled_at) == (newer, SLOT)
    assert [quote.feed_time for quote in poll.quotes] == [newer, older]
