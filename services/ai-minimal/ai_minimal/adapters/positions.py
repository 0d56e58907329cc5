"""The open paper position, from the paper trader's table."""

from typing import Any

from sqlalchemy import Connection, select

from ai_minimal.core.held import Held, held_of
from oi_common.database import Database
from oi_common.tables import paper_positions


class PaperPositions:
    """Reads the positions of one underlying."""

    def __init__(self, database: Database, partition: str) -> None:
        self._database = database
        self._partition = partition

    async def open(self) -> Held | None:
        """Return the position that has been open longest, None when there is none. Raises Unavailable."""
        row = await self._database.read(self._read)
        return None if row is None else held_of(row)

    def _read(self, connection: Connection) -> dict[str, Any] | None:
        table = paper_positions
        query = (
            select(table)
            .where(table.c.index_name == self._partition, table.c.state == "open")
            .order_by(table.c.entered_at)
            .limit(1)
        )
        row = connection.execute(query).mappings().first()
        return None if row is None else dict(row)
