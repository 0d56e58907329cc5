"""The day's instruments, reloaded each morning."""

from oi_common.broker.contracts import Instruments
from oi_common.broker.instruments import MasterRules, load_instruments
from oi_common.broker.settings import BrokerSettings
from oi_common.clock import Clock
from oi_common.errors import Unavailable


class MasterLibrary:
    """Holds the newest good instruments."""

    def __init__(self, settings: BrokerSettings, clock: Clock, rules: MasterRules | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._rules = rules
        self._held: Instruments | None = None

    @property
    def instruments(self) -> Instruments:
        if self._held is None:
            raise Unavailable("the instrument master has not been loaded yet")
        return self._held

    async def reload(self) -> None:
        """Load today's. Raises Unavailable, then what is held stays."""
        self._held = await load_instruments(self._settings, self._clock, self._rules)
