"""The poller's settings: the broker's, and how much it keeps while Redis is away."""

from typing import Annotated

from pydantic import Field

from oi_common.broker.settings import BrokerSettings


class Settings(BrokerSettings):
    """`spool_megabytes` bounds the file of each partition; a day of two chains takes about 60."""

    spool_megabytes: Annotated[int, Field(ge=1)] = 64
