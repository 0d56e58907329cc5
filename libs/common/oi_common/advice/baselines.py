"""What every decision is measured against: doing nothing, and a coin."""

import hashlib

from oi_common.advice.policy import DEFAULT_RULES, RulePolicy
from oi_common.advice.prices import entry_prices
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Situation


def always_wait(_it: Situation) -> Ruling:
    return Ruling("WAIT", "always_wait", "It always waits", confidence=50.0)


def coin_flip(it: Situation, seed: int = 1, policy: RulePolicy = DEFAULT_RULES) -> Ruling:
    """Return a side by the toss of a coin that the seed, the index and the moment decide; it enters each time.

    It ignores positions: it is scored, never traded.
    """
    tossed = hashlib.sha256(f"{seed}|{it.index_name}|{it.at.timestamp():.3f}".encode()).digest()[0] % 2
    leg = it.at_the_money("CE" if tossed else "PE")
    prices = entry_prices(leg, policy) if leg else None
    if leg is None or prices is None:
        return Ruling("WAIT", "no_book", "There is nothing to buy at the money", confidence=50.0)
    return Ruling(
        "ENTER",
        "coin_flip",
        "A coin fell so",
        leg.contract,
        prices.entry,
        prices.stop_loss,
        prices.target,
        confidence=50.0,
    )
