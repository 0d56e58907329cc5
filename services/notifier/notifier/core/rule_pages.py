"""The rules as one chat has them: the list of all, and a page for each with buttons to change it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from notifier.core.choices import Choices, RuleChoice
from notifier.core.dials import AGAIN, COOLDOWN, DIALS, THRESHOLD, Dial
from notifier.core.quiet import SilentHours
from notifier.core.record import Record
from notifier.core.rules import JUDGED_DAYS, RULES, Rule
from notifier.core.text import Text, bold, code, italic, lines, text

Buttons = tuple[tuple[tuple[str, str], ...], ...]

_IN_A_ROW = 2
_GRAVER = {"info": "warning", "warning": "critical", "critical": "info"}


def list_page(
    choices: Choices, records: Mapping[str, Record], muted: frozenset[str], usual: SilentHours
) -> tuple[Text, Buttons]:
    """Return every rule in two lines, and a button to the page of each."""
    said = [bold(f"Alert rules here, records of {JUDGED_DAYS} days")]
    for name in RULES:
        rule = choices.rule(name)
        own = choices.of(name).silent
        marks = _marks(choices, name, records, muted)
        said.append(
            text(code(name), f"  {_line(rule, records)}", bold(f"  {', '.join(marks)}" if marks else ""))
        )
        said.append(italic(rule.says) + (f"; silent {_hours(own)}" if own else ""))
    said.append(text("silent hours ", bold(_hours(choices.silent or usual)), ", but for the critical"))
    said.append(text("change one: ", code("/alerts spike 1.5"), ", ", code("/alerts silent 21:00 08:30")))
    rows = range(0, len(RULES), _IN_A_ROW)
    buttons = [(name, f"/alerts {name}") for name in RULES]
    return lines(said), tuple(tuple(buttons[start : start + _IN_A_ROW]) for start in rows)


def rule_page(
    choices: Choices, name: str, records: Mapping[str, Record], muted: frozenset[str], usual: SilentHours
) -> tuple[Text, Buttons]:
    """Return all that can be chosen of one rule, its usual values beside what differs, and buttons."""
    rule, choice = choices.rule(name), choices.of(name)
    marks = _marks(choices, name, records, muted)
    said: list[Text | str] = [text(bold(name), f"  {', '.join(marks)}" if marks else ""), italic(rule.says)]
    said += [_number_line(dial, rule) for dial in DIALS[name]]
    said.append(_against("cooldown", _minutes(rule.cooldown), _minutes(RULES[name].cooldown)))
    said.append(_against("severity", rule.severity, RULES[name].severity))
    said.append(_against("silent", _hours(choices.hours(name, usual)), _hours(usual)))
    if rule.is_market:
        said.append(f"record: {records.get(rule.key, Record())}")
    said.append(text("change: ", code(f"/alerts {name} {_example(name)}")))
    return lines(said), _buttons(rule, choice, is_muted=name in muted)


def numbers_said(rule: Rule) -> str:
    """Return the thresholds of a rule, without what re-arms it."""
    shown = [dial for dial in DIALS[rule.name] if dial.word != AGAIN]
    words = [
        ("" if dial.word in {THRESHOLD, dial.unit} else f"{dial.word} ") + dial.said(dial.of(rule.numbers))
        for dial in shown
    ]
    return ", ".join(words)


def _line(rule: Rule, records: Mapping[str, Record]) -> str:
    record = f" · {records.get(rule.key, Record())}" if rule.is_market else ""
    return f"{numbers_said(rule)} · {_minutes(rule.cooldown)} · {rule.severity}{record}"


def _marks(choices: Choices, name: str, records: Mapping[str, Record], muted: frozenset[str]) -> list[str]:
    record = records.get(choices.rule(name).key, Record())
    marks = {"yours": name in choices.rules, "muted": name in muted, "silent by its record": record.is_silent}
    return [word for word, is_so in marks.items() if is_so]


def _number_line(dial: Dial, rule: Rule) -> Text:
    usual = dial.said(dial.of(RULES[rule.name].numbers))
    return (
        _against(dial.word, dial.said(dial.of(rule.numbers)), usual)
        + f"  ({dial.lowest:g} to {dial.highest:g})"
    )


def _against(what: str, now: str, usual: str) -> Text:
    return text(f"{what} ", bold(now), "" if now == usual else f", usually {usual}")


def _minutes(of: timedelta) -> str:
    return f"{of.total_seconds() / 60:g} min"


def _hours(hours: SilentHours) -> str:
    return "never" if hours.begins == hours.ends else f"{hours.begins:%H:%M}-{hours.ends:%H:%M}"


def _example(name: str) -> str:
    dial = DIALS[name][0]
    value = f"{dial.of(RULES[name].numbers):g}"
    return value if dial.word == THRESHOLD else f"{dial.word} {value}"


def _buttons(rule: Rule, choice: RuleChoice, *, is_muted: bool) -> Buttons:
    command = f"/alerts {rule.name}"
    first = DIALS[rule.name][0]
    rows = [*_steps(command, first, first.of(rule.numbers))]
    rows += _steps(command, COOLDOWN, rule.cooldown / timedelta(minutes=1))
    graver = _GRAVER[rule.severity]
    mute = ("🔔 unmute", f"/unmute {rule.name}") if is_muted else ("🔕 mute", f"/mute {rule.name}")
    rows.append((mute, (f"as {graver}", f"{command} severity {graver}")))
    back = ("all rules", "/alerts")
    return (*rows, (("as usual", f"{command} reset"), back) if choice != RuleChoice() else (back,))


def _steps(command: str, dial: Dial, now: float) -> Sequence[tuple[tuple[str, str], ...]]:
    """Return a row of two buttons that move a number by its step, as far as it may go."""
    values = [min(max(round(now + by, 6), dial.lowest), dial.highest) for by in (-dial.step, dial.step)]
    row = tuple(
        (f"{dial.word} {dial.said(value)}", f"{command} {dial.word} {value:g}")
        for value in values
        if value != now
    )
    return (row,) if row else ()
