"""The tables. Each has one writing service, named beside it.

`time` columns are IST wall time without zone; every other moment is UTC without zone. OI and volume are units,
prices rupees. NULL is what nobody has said; 0 is what somebody has said.
"""

from oi_common.tables.ai import ai_calls, ai_decisions, decision_outcomes
from oi_common.tables.alerts import alert_outcomes, alert_rules, alerts_sent, telegram_chats
from oi_common.tables.base import metadata
from oi_common.tables.ledger import chain_buckets, coverage_gaps, index_candles, oi_changes, partition_fences
from oi_common.tables.paper import paper_equity, paper_positions, paper_trades
from oi_common.tables.registry import archived_days, instruments, services
from oi_common.tables.snapshots import option_snapshots

__all__ = [
    "ai_calls",
    "ai_decisions",
    "alert_outcomes",
    "alert_rules",
    "alerts_sent",
    "archived_days",
    "chain_buckets",
    "coverage_gaps",
    "decision_outcomes",
    "index_candles",
    "instruments",
    "metadata",
    "oi_changes",
    "option_snapshots",
    "paper_equity",
    "paper_positions",
    "paper_trades",
    "partition_fences",
    "services",
    "telegram_chats",
]
