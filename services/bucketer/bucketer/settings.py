"""What the bucketer needs to know beside what every service knows."""

from datetime import timedelta

from bucketer.core.rules import SnapshotRule
from oi_common.settings import PollSeconds, ServiceSettings


class Settings(ServiceSettings):
    """`poll_seconds` is the poller's schedule: by it a bucket knows which polls it missed."""

    snapshot_rule: SnapshotRule = SnapshotRule.CHANGE_AND_NEW_BUCKET
    poll_seconds: PollSeconds = 20
    candle_grace: timedelta = timedelta(minutes=9)

    @property
    def every(self) -> timedelta:
        return timedelta(seconds=self.poll_seconds)
