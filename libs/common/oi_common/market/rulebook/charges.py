"""What trading index options costs, by date: each tax and fee apart, in exact rupees."""

from dataclasses import astuple, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final, Literal

from oi_common.market.rulebook.tables import (
    NotInRulebook,
    Row,
    Timelines,
    above_zero,
    maybe,
    text_of,
    timelines,
)

Side = Literal["buy", "sell"]

FILE: Final = "charges.csv"
BROKERAGE: Final = "brokerage.csv"
_PAISA: Final = Decimal("0.01")
_RUPEE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What was paid, in rupees and unrounded."""

    tax: Decimal = _NOTHING  # STT, for commodities CTT
    exchange_fee: Decimal = _NOTHING
    regulator_fee: Decimal = _NOTHING
    stamp: Decimal = _NOTHING
    brokerage: Decimal = _NOTHING
    gst: Decimal = _NOTHING

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def total(self) -> Decimal:
        """Return the sum, unrounded: round it with `to_paisa`, for the rounded items need not add up to it."""
        return sum(astuple(self), _NOTHING)

    def rounded(self) -> "Cost":
        """Return each item to the paisa."""
        return Cost(*(to_paisa(item) for item in astuple(self)))


@dataclass(frozen=True, slots=True)
class Charges:
    """The rates of one exchange on one day, as shares of the premium; `gst` is a share of the fees."""

    tax_on_sale: Decimal
    tax_on_exercise: Decimal | None
    exchange_fee: Decimal
    regulator_fee: Decimal
    stamp_on_purchase: Decimal
    gst: Decimal
    brokerage_per_order: Decimal

    def cost(self, side: Side, quantity: int, price: Decimal) -> Cost:
        """Return what one executed order costs; `quantity` in units, `price` the premium of one."""
        premium = quantity * price
        exchange_fee, regulator_fee = premium * self.exchange_fee, premium * self.regulator_fee
        return Cost(
            tax=premium * self.tax_on_sale if side == "sell" else _NOTHING,
            exchange_fee=exchange_fee,
            regulator_fee=regulator_fee,
            stamp=premium * self.stamp_on_purchase if side == "buy" else _NOTHING,
            brokerage=self.brokerage_per_order,
            gst=(self.brokerage_per_order + exchange_fee + regulator_fee) * self.gst,
        )

    def round_trip(self, quantity: int, bought_at: Decimal, sold_at: Decimal) -> Cost:
        return self.cost("buy", quantity, bought_at) + self.cost("sell", quantity, sold_at)

    def net(self, quantity: int, bought_at: Decimal, sold_at: Decimal) -> Decimal:
        """Return what is left of a round trip's gain, or its loss with all costs, to the paisa."""
        return to_paisa(
            quantity * (sold_at - bought_at) - self.round_trip(quantity, bought_at, sold_at).total
        )

    def cost_of_exercise(self, quantity: int, intrinsic: Decimal) -> Cost:
        """Return the tax on an option that ends in the money, paid by its buyer; brokers may add a fee."""
        if self.tax_on_exercise is None:
            raise NotInRulebook(f"{FILE} does not know the tax on exercise of this exchange")
        return Cost(tax=quantity * intrinsic * self.tax_on_exercise)


def charges_on(on: date, exchange: str, *, brokerage_per_order: Decimal | None = None) -> Charges:
    """Return the charges of a day. Raises NotInRulebook for an exchange other than NSE, BSE and MCX.

    Without `brokerage_per_order` it is the broker's list price: what a person really pays, only they know.
    """

    def share(item: str) -> Decimal:
        return _known(exchange, item, on)

    fallback = brokerage().on("angelone", on)
    return Charges(
        tax_on_sale=share("tax_on_sale"),
        tax_on_exercise=table().on((exchange, "tax_on_exercise"), on),
        exchange_fee=share("exchange_fee"),
        regulator_fee=share("regulator_fee"),
        stamp_on_purchase=share("stamp_on_purchase"),
        gst=share("gst"),
        brokerage_per_order=fallback if brokerage_per_order is None else brokerage_per_order,
    )


def to_paisa(rupees: Decimal) -> Decimal:
    return rupees.quantize(_PAISA, ROUND_HALF_UP)


def on_contract_note(cost: Cost) -> Cost:
    """Return a day's cost as contract notes have it: tax and stamp to the rupee, the rest to the paisa."""
    rest = cost.rounded()
    tax, stamp = (each.quantize(_RUPEE, ROUND_HALF_UP) for each in (cost.tax, cost.stamp))
    return Cost(tax, rest.exchange_fee, rest.regulator_fee, stamp, rest.brokerage, rest.gst)


def _known(exchange: str, item: str, on: date) -> Decimal:
    rate = table().on((exchange, item), on)
    if rate is None:
        raise NotInRulebook(f"{FILE} does not know the {item} of {exchange} on {on}")
    return rate


@cache
def table() -> Timelines[Decimal | None]:
    return read(text_of(FILE))


@cache
def brokerage() -> Timelines[Decimal]:
    columns = {"rupees_per_order": above_zero}
    return timelines(BROKERAGE, ("broker",), columns, lambda row: row["rupees_per_order"], text_of(BROKERAGE))


def read(text: str) -> Timelines[Decimal | None]:
    """Read the table of charges as shares; raises BadRulebook."""
    return timelines(FILE, ("exchange", "item"), {"percent": maybe(above_zero)}, _share, text)


def _share(row: Row) -> Decimal | None:
    percent: Decimal | None = row["percent"]
    return None if percent is None else percent / 100
