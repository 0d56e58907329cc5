"""What a request is counted at, once it is known how it ended."""

from dataclasses import dataclass

from oi_common.llm.calls import CostFrom
from oi_common.llm.prices import Price, PriceList
from oi_common.llm.replies import Usage


@dataclass(frozen=True, slots=True)
class Bill:
    """Millionths of a rupee, and how they are known."""

    cost: int
    source: CostFrom


def bill(
    prices: PriceList, price: Price, reserved: int, *, was_sent: bool, status: int | None, usage: Usage
) -> Bill:
    """Return the cost as the server reported it, else by its tokens, else the worst case.

    `status` None is a request whose reply never came whole: it may be billed, and counts in full.
    """
    if not was_sent or status not in {200, None}:
        return Bill(0, "none")
    if usage.cost_usd is not None:
        return Bill(prices.rupees(usage.cost_usd), "reported")
    if usage.tokens_in is not None and usage.tokens_out is not None:
        return Bill(prices.cost(price, usage.tokens_in, usage.tokens_out), "priced")
    return Bill(reserved, "reserved")
