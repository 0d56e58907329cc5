"""Decisions about one index: the situation, the facts, the rules, the lock on a model's answers, and the desk."""

from oi_common.advice.baselines import always_wait, coin_flip
from oi_common.advice.decided import Decided
from oi_common.advice.desk import MINIMAL, RICH, Desk, DeskPolicy
from oi_common.advice.evidence import Evidence, evidence_of
from oi_common.advice.fingerprints import LastAsked, fingerprint, is_new
from oi_common.advice.gates import not_worth_asking
from oi_common.advice.journal import Journal
from oi_common.advice.lock import LockPolicy, check
from oi_common.advice.policy import RulePolicy
from oi_common.advice.rules import rule
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Leg, Position, Situation, Wall

__all__ = [
    "MINIMAL",
    "RICH",
    "Decided",
    "Desk",
    "DeskPolicy",
    "Evidence",
    "Journal",
    "LastAsked",
    "Leg",
    "LockPolicy",
    "Position",
    "RulePolicy",
    "Ruling",
    "Situation",
    "Wall",
    "always_wait",
    "check",
    "coin_flip",
    "evidence_of",
    "fingerprint",
    "is_new",
    "not_worth_asking",
    "rule",
]
