"""What a model costs. Money is in whole millionths of a rupee, so that sums are exact."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import ceil
from typing import Final

MICRO: Final = 1_000_000  # of a rupee; and the tokens that a price is quoted for


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input_usd: float
    output_usd: float


FREE: Final = Price(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by model, and what a dollar costs. `others` is the price of any model not listed; None: unknown."""

    prices: Mapping[str, Price]
    usd_inr: float
    others: Price | None = None

    def of(self, model: str) -> Price | None:
        return self.prices.get(model, self.others)

    def cost(self, price: Price, tokens_in: int, tokens_out: int) -> int:
        """Return millionths of a rupee, rounded up."""
        dollars_per_million = tokens_in * price.input_usd + tokens_out * price.output_usd
        return ceil(dollars_per_million * self.usd_inr)

    def rupees(self, usd: float) -> int:
        """Return millionths of a rupee for dollars, rounded up."""
        return ceil(usd * self.usd_inr * MICRO)


@cache
def listed_prices() -> Mapping[str, Price]:
    """Return the prices of `prices.csv`, where each has its date and source."""
    text = resources.files(__package__).joinpath("prices.csv").read_text(encoding="utf-8")
    return {
        row["model"]: Price(float(row["input_usd_per_million"]), float(row["output_usd_per_million"]))
        for row in csv.DictReader(text.splitlines())
    }


def parsed_prices(text: str) -> dict[str, Price]:
    """Read `model=input/output,…` in dollars per million tokens. Raises ValueError that names the faulty part."""
    prices = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        model, named, both = part.partition("=")
        told, parted, asked = both.partition("/")
        try:
            price = Price(float(told), float(asked))
        except ValueError as e:
            raise ValueError(f"{part!r} is not model=input/output") from e
        if not (named and parted and model and 0 <= price.input_usd < 1e6 and 0 <= price.output_usd < 1e6):
            raise ValueError(f"{part!r} is not model=input/output")
        prices[model.strip()] = price
    return prices
