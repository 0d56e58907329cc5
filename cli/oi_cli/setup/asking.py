"""The questions, one at a time; a secret is typed unseen, and an answer that cannot be is asked for again."""

import typer

from oi_cli.segments import SEGMENTS
from oi_cli.setup.answers import CHECKS
from oi_cli.setup.given import SECRETS, Given, Values, settings_of, watched_by
from oi_cli.setup.names import check_names
from oi_common.errors import Misconfigured
from oi_common.logs import hide

_QUESTIONS = {
    "ANGEL_API_KEY": "API key of your SmartAPI app",  # pragma: allowlist secret
    "ANGEL_CLIENT_CODE": "Client code",
    "ANGEL_PIN": "PIN",
    "ANGEL_TOTP_SECRET": "TOTP secret (shown when you enabled TOTP)",  # pragma: allowlist secret
}


def ask_all(given: Given) -> Values:
    """Return the answers; what is there already is offered."""
    values = dict(given.values)
    question = f"Segment ({', '.join(SEGMENTS)})"
    values["FEED_SEGMENT"] = _asked("FEED_SEGMENT", question, given.segment)
    ask_names(given, values)
    for name, asks in _QUESTIONS.items():
        values[name] = _asked(name, asks, values.get(name))
    return values


def ask_names(given: Given, values: Values) -> None:
    segment = values["FEED_SEGMENT"]
    name = watched_by(segment)
    question = "Commodity" if name == "MCX_NAME" else "Indices (separated by commas)"
    values[name] = _asked(name, question, given.usual(segment))


def check_or_ask_again(given: Given, values: Values) -> str | None:
    """Return what `check_names` notes, once the names are ones that can be watched."""
    while True:
        try:
            return check_names(settings_of(values))
        except Misconfigured as e:
            if not str(e).startswith(("INDICES", "MCX_NAME")):
                raise
            typer.echo(f"  {e}")
            ask_names(given, values)


def _asked(name: str, question: str, present: str | None) -> str:
    while True:
        typed = (
            _typed_unseen(question, present) if name in SECRETS else typer.prompt(question, default=present)
        )
        try:
            answer = CHECKS[name](typed)
        except Misconfigured as e:
            typer.echo(f"  {e}")
            continue
        if name in SECRETS:
            hide(answer)
        return answer


def _typed_unseen(question: str, present: str | None) -> str:
    # A default would be shown in brackets.
    keeps = " (Enter keeps the present one)" if present else ""
    offered = "" if present else None
    typed = typer.prompt(f"{question}{keeps}", default=offered, hide_input=True, show_default=False)
    return typed or present or ""
