"""What the paper trader needs to know beside what every service knows."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from oi_common.settings import ServiceSettings
from paper_trader.core.rules import Rules

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Times = Annotated[Decimal, Field(ge=0, le=100)]


class Settings(ServiceSettings):
    """Rupees, percent, minutes and seconds as the names say; `paper_trail_*` are multiples of the risk."""

    paper_lots: Annotated[int, Field(ge=1, le=1000)] = 1
    paper_max_positions: Annotated[int, Field(ge=1, le=20)] = 1
    paper_capital: Annotated[Decimal, Field(gt=0)] = Decimal(100_000)
    paper_slippage_percent: Percent = Decimal(10)
    paper_no_book_percent: Percent = Decimal("0.5")
    paper_trail_after: Times = Decimal(1)
    paper_trail_by: Times = Decimal(1)
    paper_hold_minutes: Annotated[int, Field(ge=0)] = 60
    paper_square_off: Annotated[int, Field(ge=0, le=300)] = 10
    paper_decision_seconds: Annotated[int, Field(ge=1)] = 30
    paper_quote_seconds: Annotated[int, Field(ge=1)] = 15
    paper_brokerage: Annotated[Decimal | None, Field(ge=0)] = None

    @property
    def rules(self) -> Rules:
        """The same as a policy; 0 switches trailing, time exit and square-off off."""
        return Rules(
            lots=self.paper_lots,
            max_positions=self.paper_max_positions,
            capital=self.paper_capital,
            slippage=self.paper_slippage_percent / 100,
            penalty=self.paper_no_book_percent / 100,
            trail_after=self.paper_trail_after,
            trail_by=self.paper_trail_by or None,
            hold=timedelta(minutes=self.paper_hold_minutes) or None,
            square_off=timedelta(minutes=self.paper_square_off) or None,
            decision_age=timedelta(seconds=self.paper_decision_seconds),
            quote_age=timedelta(seconds=self.paper_quote_seconds),
            brokerage=self.paper_brokerage,
        )
