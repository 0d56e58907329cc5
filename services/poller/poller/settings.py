"""The poller's settings: the broker's, and how much it keeps while Redis is away."""

from typing import Annotated

from pydantic import ByteSize, Field

from oi_common.broker.settings import BrokerSettings


class Settings(BrokerSettings):
    """`spool_size` (64MiB, 500kB) bounds the file of each partition; a day of two chains takes about 60 MiB."""

    spool_size: Annotated[ByteSize, Field(ge=1000)] = ByteSize(64 * 1024 * 1024)
