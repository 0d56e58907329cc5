"""The open paper position, from the paper trader's table."""

from ai_minimal.core.held import Held, held_of
from oi_common.advice.positions import open_row
from oi_common.database import Database


class PaperPositions:
    """Reads the positions of one underlying."""

    def __init__(self, database: Database, partition: str) -> None:
        self._database = database
        self._partition = partition

    async def open(self) -> Held | None:
        """Return the position that has been open longest, None when there is none. Raises Unavailable."""
        row = await self._database.read(lambda connection: open_row(connection, self._partition))
        return None if row is None else held_of(row)
