"""What is traded: each underlying's names and character; its lots, strikes and expiries are the rulebook's."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from oi_common.market.rulebook import contracts
from oi_common.market.rulebook.expiries import expiry_rule
from oi_common.market.rulebook.tables import FIRST_DAY
from simulator.core.market import Exchange
from simulator.core.sessions import Hours

Cycle = Literal["rulebook", "crude", "silver"]


@dataclass(frozen=True, slots=True)
class Activity:
    """How OI moves in the near expiry, in contracts (lots): open total, and one leg's typical batch.

    `decay` is the fall of the typical change per percent of distance from the money, `spread` the
    standard deviation of its logarithm.
    """

    open_total: float
    typical_change: float
    decay: float
    spread: float


@dataclass(frozen=True, slots=True)
class Cut:
    """How a share's contracts are cut. The rulebook has the indices' and commodities' alone."""

    lot_size: int
    strike_step: float


@dataclass(frozen=True, slots=True)
class Underlying:
    """One underlying; `token` and `symbol` are its spot row's, `code` starts its contracts' tokens."""

    code: int
    name: str
    exchange: Exchange
    derivatives: Exchange
    token: str
    symbol: str
    cycle: Cycle
    level: float  # about which its price wanders
    volatility: float  # annual
    beta: float  # share of its volatility that is the market's
    activity: Activity
    tick_size: float = 0.05
    cut: Cut | None = None  # of a share

    @property
    def is_share(self) -> bool:
        return self.cut is not None

    @property
    def is_commodity(self) -> bool:
        return self.exchange == "MCX"

    @property
    def is_index(self) -> bool:
        return not self.is_share and not self.is_commodity

    @property
    def hours(self) -> Hours:
        return "commodity" if self.is_commodity else "equity"

    def lot_size(self, expiry: date) -> int:
        """Return the lot of a contract: a lot change applies by expiry, not by trading day."""
        return contracts.lot_size(self.name, _known(expiry)) if self.cut is None else self.cut.lot_size

    def strike_step(self, on: date) -> float:
        return (
            float(contracts.strike_step(self.name, _known(on))) if self.cut is None else self.cut.strike_step
        )

    def has_weeklies(self, on: date) -> bool:
        return self.is_index and expiry_rule(self.name, _known(on)).weekly is not None


def _known(day: date) -> date:
    """Recordings can be older than the rulebook: its first rules are then the best we have."""
    return max(day, FIRST_DAY)


def _share(
    code: int, name: str, token: str, level: float, volatility: float, cut: Cut, activity: Activity
) -> Underlying:
    return Underlying(
        code, name, "NSE", "NFO", token, f"{name}-EQ", "rulebook", level, volatility, 0.6, activity, 0.1, cut
    )


# Activity of NIFTY and BANKNIFTY as measured on recorded chains of August 2025; the others are scaled from
# them. Levels are of late 2025.
UNDERLYINGS: Final = (
    Underlying(
        1, "NIFTY", "NSE", "NFO", "99926000", "Nifty 50", "rulebook", 26_000.0, 0.125, 0.95,
        Activity(2_930_000, 1_250.0, 0.34, 1.3),
    ),
    Underlying(
        2, "BANKNIFTY", "NSE", "NFO", "99926009", "Nifty Bank", "rulebook", 59_000.0, 0.14, 0.88,
        Activity(590_000, 52.0, 0.20, 1.17),
    ),
    Underlying(
        3, "FINNIFTY", "NSE", "NFO", "99926037", "Nifty Fin Service", "rulebook", 27_500.0, 0.14,
        0.88, Activity(45_000, 6.0, 0.25, 1.1),
    ),
    Underlying(
        4, "MIDCPNIFTY", "NSE", "NFO", "99926074", "NIFTY MID SELECT", "rulebook", 13_800.0, 0.16,
        0.82, Activity(90_000, 12.0, 0.25, 1.1),
    ),
    Underlying(
        5, "SENSEX", "BSE", "BFO", "99919000", "SENSEX", "rulebook", 84_800.0, 0.125, 0.95,
        Activity(1_450_000, 500.0, 0.34, 1.3),
    ),
    Underlying(
        6, "CRUDEOILM", "MCX", "MCX", "601000", "CRUDEOILM", "crude", 5_500.0, 0.34, 0.05,
        Activity(60_000, 8.0, 0.12, 1.2), 1.0,
    ),
    Underlying(
        7, "SILVERMIC", "MCX", "MCX", "602000", "SILVERMIC", "silver", 155_000.0, 0.28, 0.10,
        Activity(30_000, 4.0, 0.12, 1.2), 1.0,
    ),
    Underlying(
        8, "BANKEX", "BSE", "BFO", "99919012", "BANKEX", "rulebook", 66_000.0, 0.14, 0.88,
        Activity(45_000, 6.0, 0.25, 1.1),
    ),
    Underlying(
        9, "NIFTYNXT50", "NSE", "NFO", "99926013", "Nifty Next 50", "rulebook", 69_000.0, 0.16, 0.85,
        Activity(20_000, 4.0, 0.25, 1.1),
    ),
    # Shares with options. Lots, steps and activity are plausible for late 2025, and not confirmed.
    _share(10, "RELIANCE", "2885", 1_480.0, 0.22, Cut(500, 10.0), Activity(150_000, 40.0, 0.20, 1.2)),
    _share(11, "HDFCBANK", "1333", 985.0, 0.19, Cut(550, 5.0), Activity(140_000, 38.0, 0.20, 1.2)),
    _share(12, "ICICIBANK", "4963", 1_360.0, 0.20, Cut(700, 10.0), Activity(90_000, 25.0, 0.20, 1.2)),
    _share(13, "INFY", "1594", 1_510.0, 0.25, Cut(400, 20.0), Activity(90_000, 25.0, 0.20, 1.2)),
    _share(14, "TCS", "11536", 3_080.0, 0.22, Cut(175, 20.0), Activity(80_000, 22.0, 0.20, 1.2)),
    _share(15, "SBIN", "3045", 960.0, 0.23, Cut(750, 5.0), Activity(130_000, 35.0, 0.20, 1.2)),
)  # fmt: skip

BY_NAME: Final = {underlying.name: underlying for underlying in UNDERLYINGS}
VIX_TOKEN: Final = "99926017"  # noqa: S105 - the exchange's number of an instrument
VIX_SYMBOL: Final = "India VIX"
VIX_NAME: Final = "INDIA VIX"
