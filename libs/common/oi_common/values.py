"""The kinds of value that cross streams, and the limits of the columns that keep them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from oi_common.market.buckets import IST, floor_to_3min

# What the columns of oi_common.tables hold: a value beyond is refused here, where its field can be named.
MAX_STRIKE = 2**31 - 1  # INT, as for the lot size
MAX_UNITS = 2**63 - 1  # BIGINT
MAX_PRICE = 99_999_999.99  # DECIMAL(10,2)
MAX_GREEK = 999_999.9999  # DECIMAL(10,4)
MAX_GAMMA = 9_999.99999999  # DECIMAL(12,8)
YEARS = range(1900, 2200)  # farther off, adding a zone or a day leaves the calendar


def _whole(value: object) -> object:
    """Take 24500.0 for 24500: brokers and JSON writers print whole prices either way."""
    if isinstance(value, bool):
        raise ValueError("is not a number")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _iso(value: object) -> object:
    """Refuse what pydantic would read as seconds since 1970: dates and moments are ISO 8601 text."""
    if isinstance(value, str) and value[4:5] != "-":
        raise ValueError("is not an ISO 8601 date or moment")
    if isinstance(value, (int, float)):
        raise ValueError("is not an ISO 8601 date or moment")
    return value


def _in_ist(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError(f"is not a moment between {YEARS.start} and {YEARS.stop}")
    return at.astimezone(IST)


def _fits_the_calendar(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(f"is not a day between {YEARS.start} and {YEARS.stop}")
    return day


def _starts_a_bucket(at: datetime) -> datetime:
    if floor_to_3min(at) != at:
        raise ValueError("is not the start of a 3-minute bucket")
    return at


Moment = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_in_ist)]
Day = Annotated[date, BeforeValidator(_iso), AfterValidator(_fits_the_calendar)]
BucketStart = Annotated[Moment, AfterValidator(_starts_a_bucket)]
Strike = Annotated[int, BeforeValidator(_whole), Field(gt=0, le=MAX_STRIKE)]
Units = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MAX_UNITS)]
LotSize = Annotated[int, BeforeValidator(_whole), Field(gt=0, le=MAX_STRIKE)]
Change = Annotated[int, BeforeValidator(_whole)]
Price = Annotated[float, Field(ge=0, le=MAX_PRICE, allow_inf_nan=False)]
Spot = Annotated[float, Field(gt=0, le=MAX_PRICE, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Greek = Annotated[float, Field(ge=-MAX_GREEK, le=MAX_GREEK, allow_inf_nan=False)]
Gamma = Annotated[float, Field(ge=-MAX_GAMMA, le=MAX_GAMMA, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Z0-9_&-]+$")]
Segment = Annotated[str, Field(min_length=1, max_length=20)]
Side = Literal["CE", "PE"]
Source = Literal["live", "backfill"]
