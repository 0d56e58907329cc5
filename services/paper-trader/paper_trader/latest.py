"""The last tick of each contract, kept as it came and read only when somebody asks: most are never asked for."""

from collections.abc import Mapping

from oi_common.errors import Unprocessable
from oi_common.events import DecisionMade, TickReceived
from oi_common.wire import decode
from paper_trader import metrics
from paper_trader.core.positions import contract_key
from paper_trader.core.quotes import Quote

Fields = Mapping[str, str]


class LatestTicks:
    """The ticks of one underlying."""

    def __init__(self, partition: str) -> None:
        self._partition = partition
        self._fields: dict[str, Fields] = {}

    def clear(self) -> None:
        self._fields.clear()

    def keep(self, fields: Fields) -> str | None:
        """Keep a contract's tick and return the contract; None for one of the index or a future."""
        if "strike" not in fields:
            return None
        contract = contract_key(fields.get("expiry", ""), fields["strike"], fields.get("option_type", ""))
        self._fields[contract] = fields
        return contract

    def quote_for(self, decision: DecisionMade) -> Quote | None:
        """Return the last quote of the contract that a decision names."""
        contract = contract_key(str(decision.expiry), str(decision.strike), str(decision.side))
        fields = self._fields.get(contract)
        tick = self.read(fields) if fields else None
        return Quote.of(tick) if tick is not None else None

    def read(self, fields: Fields) -> TickReceived | None:
        """Return the tick, None (and counted) for one that makes no sense: another comes within a second."""
        try:
            tick = decode(TickReceived, fields)
        except Unprocessable:
            tick = None
        if tick is None or not tick.ltp:
            metrics.SKIPPED.labels(self._partition).inc()
            return None
        return tick
