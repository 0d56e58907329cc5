"""What the models are told. The facts are numbers and words of ours; nothing from outside is among them."""

from typing import Final

from oi_common.advice.evidence import Evidence
from oi_common.llm.requests import Message

_LAW: Final = """
You judge one Indian index option chain for a trader who only BUYS options (CE when the index should rise, PE when it should
fall) and never sells or spreads. You get facts as JSON: each has an id and a value. Prices are rupees, OI is units.

Answer with one JSON object:
- as_of: the as_of of the facts, exactly as given.
- decision: ENTER, HOLD, EXIT or WAIT. ENTER only without an open position (no position.* facts), HOLD and EXIT only with one.
  When in doubt: WAIT, or HOLD.
- side, strike, entry, stop_loss, target: for ENTER all of them. The strike is one of `strikes` whose leg facts are given; entry
  lies between the leg's bid and ask; stop_loss < entry < target. For HOLD stop_loss may be raised, never lowered. Else null.
- confidence: 0 to 100, as often as such a decision should turn out right.
- reason: short and plain. Quote only numbers that stand in the facts, rounded at most; compute no new ones.
- evidence: the ids of the facts that the decision rests on; at least one.
An answer that breaks a rule is thrown away.
""".strip()

_RICH: Final = """
Beside these: view (what the chain shows: direction, walls and their shifts, PCR, premiums), strategy (what the buyer should wait
for or do), risk (what would prove it wrong), levels (strikes or prices from the facts that matter). They are read by a
person: clear sentences, only numbers from the facts.
""".strip()


def minimal_prompt(evidence: Evidence) -> tuple[Message, ...]:
    """Return the messages of the one-second loop."""
    return _messages(_LAW, evidence)


def rich_prompt(evidence: Evidence) -> tuple[Message, ...]:
    """Return the messages of the deep loop."""
    return _messages(f"{_LAW}\n\n{_RICH}", evidence)


def _messages(law: str, evidence: Evidence) -> tuple[Message, ...]:
    return ({"role": "system", "content": law}, {"role": "user", "content": evidence.as_json()})
