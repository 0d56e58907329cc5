import pytest

from bucketer.settings import Settings
from oi_common.errors import Misconfigured


@pytest.mark.parametrize("seconds", ["0", "25", "50", "360"])
def test_a_schedule_that_the_poller_would_refuse_is_refused_here_too(monkeypatch, seconds):
    monkeypatch.setenv("POLL_SECONDS", seconds)

    with pytest.raises(Misconfigured, match="POLL_SECONDS"):
        Settings.load()
