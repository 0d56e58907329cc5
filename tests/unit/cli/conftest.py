"""Builders of ledgers: only what a test is about is said."""

from datetime import date, datetime, time

import pytest

from oi_cli.quality.ledger import Chain, Header, Ledger, Place, Saved

DAY = date(2026, 11, 18)
NIFTY = Chain("NIFTY", date(2026, 11, 24))


def at(hour_and_minute):
    return datetime.combine(DAY, time.fromisoformat(hour_and_minute))


class Ledgers:
    """Builds ledgers in which everything is as it must be, except for what a test changes."""

    day, nifty = DAY, NIFTY
    at = staticmethod(at)

    def header(self, time="09:15", **changes):
        whole = {
            "chain": NIFTY,
            "state": "sealed",
            "polls": 9,
            "polls_expected": 9,
            "changed": 3,
            "reason": "oi_changed",
            "candle_status": "merged",
        }
        return Header(time=at(time), **{**whole, **changes})

    def saved(self, **changes):
        return Saved(**{"rows": 41, "feed_times": 1, "rows_without_candle": 0, **changes})

    def ledger(self, *headers, saved=None, **changes):
        """Each header that has a reason has its snapshot, its changes and its candle, unless said otherwise."""
        places = {Place(h.chain, h.time): h for h in headers}
        whole = {
            "headers": headers,
            "saved": {p: saved or self.saved() for p, h in places.items() if h.reason},
            "changes": {p: h.changed for p, h in places.items() if h.changed},
            "candles": frozenset((h.chain.index_name, h.time) for h in headers),
        }
        return Ledger(day=DAY, **{**whole, **changes})


@pytest.fixture
def ledgers():
    return Ledgers()
