"""Option chains for tests: made by hand from a table, or at random with every fault a chain can have."""

import random
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from oi_common.market.chain import Contract, Side
from oi_common.market.option_chain import OptionChain, option_chain

STRIKE_STEP: Final = 50
SIDES: Final[tuple[Side, ...]] = ("CE", "PE")


@dataclass(frozen=True)
class Quote:
    oi: Any = None  # recordings in lots hold fractions
    volume: int | None = None
    ltp: float | None = None
    bid: float | None = None
    ask: float | None = None


Quotes = dict[tuple[int, Side], Quote]


def quotes_of(table: dict[int, tuple[float | None, float | None]]) -> Quotes:
    """Return the quotes of {strike: (call OI, put OI)}."""
    return {
        (strike, side): Quote(oi=oi)
        for strike, row in table.items()
        for side, oi in zip(SIDES, row, strict=True)
    }


def chain_of(quotes: Quotes) -> OptionChain:
    return option_chain((Contract(strike, side), quote) for (strike, side), quote in quotes.items())


def by_hand(table: dict[int, tuple[float | None, float | None]]) -> OptionChain:
    return chain_of(quotes_of(table))


def random_quotes(seed: int) -> Quotes:
    """Return up to 14 strikes in any order: unknown and zero OI, missing legs, ties, one side or none at all."""
    rng = random.Random(seed)
    strikes = rng.sample(range(1, 40), rng.randint(0, 14))
    most = rng.choice((0, 2, 9, 10**4, 10**8))
    sides = rng.choice((SIDES,) * 8 + (SIDES[:1], SIDES[1:]))
    return {
        (strike * STRIKE_STEP, side): Quote(
            oi=rng.choice((None, 0, *[rng.randint(0, most)] * 6)),
            volume=rng.choice((None, rng.randint(0, most))),
        )
        for strike in strikes
        for side in sides
        if rng.random() < 0.9
    }


def shuffled(quotes: Quotes, seed: int) -> Quotes:
    rows = list(quotes.items())
    random.Random(seed).shuffle(rows)
    return dict(rows)


def mirrored(quotes: Quotes) -> Quotes:
    """Return the chain seen in a mirror at 2000: puts below the money are calls above it."""
    return {
        (4000 - strike, "PE" if side == "CE" else "CE"): quote for (strike, side), quote in quotes.items()
    }


def random_changes(seed: int, chain: OptionChain) -> tuple[np.ndarray, np.ndarray]:
    """Return the change of OI of each side by strike, some of it unknown, with many ties."""
    rng = np.random.default_rng(seed)
    calls, puts = rng.integers(-5, 6, (2, len(chain))).astype(float)
    calls[rng.random(len(chain)) < 0.1] = np.nan
    puts[rng.random(len(chain)) < 0.1] = np.nan
    return calls, puts
