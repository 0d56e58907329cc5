"""What is traded: each underlying's names, lots, strikes and character, by date."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from simulator.core.market import Exchange
from simulator.core.sessions import Hours

Cycle = Literal["nifty", "nse_monthly", "sensex", "crude", "silver"]


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
class Underlying:
    """One underlying; `token` and `symbol` are its spot row's, `code` starts its contracts' tokens."""

    code: int
    name: str
    exchange: Exchange
    derivatives: Exchange
    token: str
    symbol: str
    cycle: Cycle
    strike_step: float
    level: float  # about which its price wanders
    volatility: float  # annual
    beta: float  # share of its volatility that is the market's
    activity: Activity
    lots: tuple[tuple[date, int], ...]  # (first expiry with it, lot size), oldest first
    tick_size: float = 0.05

    @property
    def is_index(self) -> bool:
        return self.exchange != "MCX"

    @property
    def hours(self) -> Hours:
        return "equity" if self.is_index else "commodity"

    def lot_size(self, expiry: date) -> int:
        """Return the lot of a contract: a lot change applies by expiry, not by trading day."""
        return [lot for since, lot in self.lots if since <= expiry][-1]


_EARLY: Final = date(2000, 1, 1)
_JULY_2025: Final = date(2025, 7, 1)
_JANUARY_2026: Final = date(2026, 1, 1)


def _lots(early: int, july_2025: int, january_2026: int) -> tuple[tuple[date, int], ...]:
    """NSE circulars; the revision of each half-year starts with the series named."""
    return ((_EARLY, early), (_JULY_2025, july_2025), (_JANUARY_2026, january_2026))


# Activity of NIFTY and BANKNIFTY as measured on recorded chains of August 2025; the others are scaled from
# them. Levels are of late 2025, strike steps general knowledge, MCX lots from masters of 2026.
UNDERLYINGS: Final = (
    Underlying(
        1, "NIFTY", "NSE", "NFO", "99926000", "Nifty 50", "nifty", 50.0, 26_000.0, 0.125, 0.95,
        Activity(2_930_000, 1_250.0, 0.34, 1.3), _lots(75, 75, 65),
    ),
    Underlying(
        2, "BANKNIFTY", "NSE", "NFO", "99926009", "Nifty Bank", "nse_monthly", 100.0, 59_000.0, 0.14, 0.88,
        Activity(590_000, 52.0, 0.20, 1.17), _lots(30, 35, 30),
    ),
    Underlying(
        3, "FINNIFTY", "NSE", "NFO", "99926037", "Nifty Fin Service", "nse_monthly", 50.0, 27_500.0, 0.14,
        0.88, Activity(45_000, 6.0, 0.25, 1.1), _lots(65, 65, 60),
    ),
    Underlying(
        4, "MIDCPNIFTY", "NSE", "NFO", "99926074", "NIFTY MID SELECT", "nse_monthly", 25.0, 13_800.0, 0.16,
        0.82, Activity(90_000, 12.0, 0.25, 1.1), _lots(120, 140, 120),
    ),
    Underlying(
        5, "SENSEX", "BSE", "BFO", "99919000", "SENSEX", "sensex", 100.0, 84_800.0, 0.125, 0.95,
        Activity(1_450_000, 500.0, 0.34, 1.3), _lots(20, 20, 20),
    ),
    Underlying(
        6, "CRUDEOILM", "MCX", "MCX", "601000", "CRUDEOILM", "crude", 50.0, 5_500.0, 0.34, 0.05,
        Activity(60_000, 8.0, 0.12, 1.2), ((_EARLY, 10),), 1.0,
    ),
    Underlying(
        7, "SILVERMIC", "MCX", "MCX", "602000", "SILVERMIC", "silver", 1_000.0, 155_000.0, 0.28, 0.10,
        Activity(30_000, 4.0, 0.12, 1.2), ((_EARLY, 1),), 1.0,
    ),
)  # fmt: skip

BY_NAME: Final = {underlying.name: underlying for underlying in UNDERLYINGS}
VIX_TOKEN: Final = "99926017"  # noqa: S105 - the exchange's number of an instrument
VIX_SYMBOL: Final = "India VIX"
VIX_NAME: Final = "INDIA VIX"
