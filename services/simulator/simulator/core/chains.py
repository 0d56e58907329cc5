"""Which option chains a quote request asks about, and of which its answer tells all that was asked."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from simulator.core.quotes import Listing, QuoteRequest, parse_quote_request
from simulator.core.wire import Refused, body_of

Chains = frozenset[str]


def chains_asked(octets: bytes, listing: Listing) -> Chains:
    """Return the chains of a FULL request, such as `NIFTY 2026-11-24`; none for what cannot be read."""
    with suppress(Refused):
        return _of_full(parse_quote_request(body_of(octets)), listing)
    return Chains()


def chains_told(request: QuoteRequest, answer: dict[str, Any], listing: Listing) -> Chains:
    """Return the chains of which nothing that a FULL request wanted is missing in its answer."""
    fetched = {(item["exchange"], item["symbolToken"]) for item in answer["fetched"]}
    return _of_full(request, listing) - _chains(set(request.wanted) - fetched, listing)


def _of_full(request: QuoteRequest, listing: Listing) -> Chains:
    return _chains(request.wanted, listing) if request.mode == "FULL" else Chains()


def _chains(keys: Iterable[tuple[str, str]], listing: Listing) -> Chains:
    found = (listing.find(*key) for key in keys)
    return Chains(f"{each.name} {each.expiry}" for each in found if each is not None and each.option_type)
