"""Serve the live page: the chain, the day, decisions and health in a browser, read-only."""

import asyncio

from dashboard.adapters.desk import DeskReader
from dashboard.adapters.ledger import Ledger
from dashboard.adapters.page import register
from dashboard.adapters.server import listening, serve_pages
from dashboard.adapters.streams import Streams
from dashboard.board import Board
from dashboard.core.access import Access
from dashboard.settings import Settings
from oi_common.service import Runtime, run, until_table_answers
from oi_common.tables import chain_buckets


async def serve(runtime: Runtime[Settings]) -> None:
    """Serve at once, and say what is away; ready is who has read the database."""
    settings = runtime.settings
    board = Board(
        Ledger(runtime.database),
        DeskReader(runtime.database),
        Streams(runtime.redis, settings.indices),
        runtime.clock,
        is_simulated=settings.clock == "simulated",
    )
    register(board, settings.indices)
    token = settings.dashboard_token
    access = Access(token.get_secret_value() if token is not None else None)
    listener = listening(settings.dashboard_host, settings.dashboard_port)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_pages(listener, access, runtime.stop))
        tasks.create_task(board.follow(runtime.stop))
        tasks.create_task(until_table_answers(runtime, chain_buckets))


def main() -> None:
    run("dashboard", Settings, serve)


if __name__ == "__main__":
    main()
