"""The chain as comma-separated values: every column, unrounded, the unknown empty."""

import csv
import io
from collections.abc import Iterable

from oi_cli.chain.view import ChainView, Leg

_OF_A_SIDE = (
    "theta", "delta", "ltp_percent_change", "oi_percent_change", "previous_ltp", "ltp", "previous_oi", "oi",
)  # fmt: skip
HEAD = (
    "time", "index_name", "expiry",
    *(f"ce_{name}" for name in _OF_A_SIDE), "strike", *(f"pe_{name}" for name in reversed(_OF_A_SIDE)),
    "verdict",
)  # fmt: skip


def csv_text(view: ChainView) -> str:
    """Return a head and a line for each strike; OI in units, prices in rupees."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(_values(view))
    return written.getvalue()


def _values(view: ChainView) -> Iterable[tuple[object, ...]]:
    for row in view.rows:
        yield (
            view.time, view.index_name, view.expiry,
            *_of_side(row.ce), row.strike, *reversed(_of_side(row.pe)), row.verdict,
        )  # fmt: skip


def _of_side(leg: Leg) -> tuple[float | None, ...]:
    return (
        leg.theta, leg.delta, leg.close_percent, leg.oi_percent,
        leg.previous_close, leg.close, leg.previous_oi, leg.oi,
    )  # fmt: skip
