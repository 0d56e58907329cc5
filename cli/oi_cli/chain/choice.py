"""What is on view, and what a key makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from oi_cli.quality.ledger import Chain

KEYS: Final = "n/p index   e expiry   +/- strikes   q quit"

_STEP: Final = 2
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """An index, an expiry of it (None: the nearest), how many strikes (None: as many as there is room for)."""

    index_name: str
    expiry: date | None = None
    strikes: int | None = None
    has_ended: bool = False


def after(choice: Choice, key: str, indices: Sequence[str], chains: Sequence[Chain], shown: int) -> Choice:
    """Return what is on view after a key; `shown` is how many strikes are now. Other keys change nothing."""
    if key in {"n", "p"}:
        return replace(choice, index_name=_beside(indices, choice.index_name, key), expiry=None)
    if key == "e":
        return replace(choice, expiry=_next_expiry(chains, choice))
    if key in {"+", "="}:
        return replace(choice, strikes=shown + _STEP)
    if key in {"-", "_"}:
        return replace(choice, strikes=max(shown - _STEP, _FEWEST))
    return replace(choice, has_ended=choice.has_ended or key == "q")


def _beside(indices: Sequence[str], name: str, key: str) -> str:
    step = 1 if key == "n" else -1
    place = indices.index(name) + step if name in indices else 0
    return indices[place % len(indices)]


def _next_expiry(chains: Sequence[Chain], choice: Choice) -> date | None:
    """Return the expiry after the one on view, after the last the first; None where none is known."""
    known = sorted(chain.expiry for chain in chains if chain.index_name == choice.index_name)
    if not known:
        return None
    place = known.index(choice.expiry) if choice.expiry in known else 0
    return known[(place + 1) % len(known)]
