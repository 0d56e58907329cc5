"""What a chat may choose of the rules, how it is said, and what is refused."""

from datetime import time, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.audience import heard, hearing
from notifier.core.choices import Choices, packed, unpacked
from notifier.core.choosing import NotUnderstood, chosen
from notifier.core.dials import AGAIN, DIALS, dial_of, disorder
from notifier.core.quiet import SilentHours
from notifier.core.record import Record
from notifier.core.rule_pages import list_page, rule_page
from notifier.core.rules import RULES
from notifier.core.text import MESSAGE_UNITS, units

USUAL = SilentHours(time(23), time(8))
NIGHT = SilentHours(time(21), time(8, 30))
CALLBACK_BYTES = 64  # the most that Telegram takes


def after(*said):
    """Return a chat's choices after some commands."""
    choices = Choices()
    for words in said:
        choices, _ = chosen(words.split(), choices)
    return choices


def understood(words, choices):
    """Return the choices after one command, and what was said against it."""
    try:
        return chosen(words, choices)[0], None
    except NotUnderstood as refused:
        return choices, str(refused)


def refusal(said):
    with pytest.raises(NotUnderstood) as refused:
        chosen(said.split(), Choices())
    return str(refused.value)


@pytest.mark.parametrize("said", ["spike 2.5", "SPIKE 2.5%", "oi_spike threshold 2.5 %", "oi_spike 2.50"])
def test_a_threshold_is_said_in_several_ways(said):
    assert after(said).rule("oi_spike").numbers["side_share"] == 0.025


def test_a_rule_that_nothing_was_chosen_of_is_the_usual_one():
    choices = after("spike 2.5")

    assert all(choices.rule(name) == RULES[name] for name in RULES if name != "oi_spike")


def test_each_part_of_a_rule_is_chosen_by_itself():
    rule = after("spike cooldown 30", "spike severity warning", "spike own 35", "spike 2").rule("oi_spike")

    assert (rule.cooldown, rule.severity) == (timedelta(minutes=30), "warning")
    assert rule.numbers == pytest.approx({"side_share": 0.02, "side_share_again": 0.0128, "own_percent": 35})


def test_what_re_arms_a_rule_follows_its_threshold_until_it_is_chosen_too():
    follows = after("straddle 12").rule("straddle_break").numbers
    stays = after("straddle 12", "straddle again 3", "straddle 9").rule("straddle_break").numbers

    assert (follows["percent"], follows["percent_again"]) == (12, 4)
    assert (stays["percent"], stays["percent_again"]) == (9, 3)


def test_silent_hours_are_chosen_for_the_chat_or_for_one_rule():
    choices = after("silent 21:00 08:30", "gap silent 12:00-13:00", "stale silent off")

    assert choices.hours("oi_spike", USUAL) == NIGHT
    assert choices.hours("gap", USUAL) == SilentHours(time(12), time(13))
    assert choices.hours("stale", USUAL) == SilentHours(time(0), time(0))
    assert after("silent 9:00 10:00", "silent reset").hours("gap", USUAL) == USUAL


@pytest.mark.parametrize(
    "reset", ["reset", "spike reset", "spike threshold reset", "spike 1.25"], ids=lambda said: said
)
def test_what_is_as_usual_again_is_no_choice(reset):
    assert after("spike 2", reset) == Choices()


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("spike 150", "150 % is out of range: oi_spike threshold takes 0.1 to 50 %."),
        ("spike -1", "-1 % is out of range: oi_spike threshold takes 0.1 to 50 %."),
        ("spike much", "oi_spike has no much. It has threshold, own, again, cooldown, severity, silent, reset."),
        ("spike own", "Say how much: oi_spike own takes 0 to 500 %."),
        ("spike own lots", "lots is no number: oi_spike own takes 0 to 500 %."),
        ("spike cooldown 1000", "1000 min is out of range: oi_spike cooldown takes 0 to 720 min."),
        ("spike severity loud", "loud is no severity: oi_spike takes info, warning, critical."),
        ("spike severity report", "report is no severity: oi_spike takes info, warning, critical."),
        ("spike again 2", "oi_spike: again 2 % is above the threshold: at most 1.25 %."),
        ("gap 1.5", "1.5 is no whole number: gap threshold takes 1 to 125 buckets."),
        ("pcr 1.1", "pcr_cross has no threshold. It has low, middle, high, again, cooldown, severity, silent, reset."),
        ("pcr low 1.2", "pcr_cross: low 1.2 is not below middle 1."),
        ("buildup legs 60", "buildup_cluster: legs 60 is more than 4 strikes on each side have: at most 18."),
        ("oi 3", "oi may be oi_spike or oi_jump: say which."),
        ("silent 25:00 08:00", "25:00 08:00: silent hours are two times, as 21:00 08:30, or `off`, or `reset`, each from 00:00 to 23:59."),
        ("silent 21:00", "21:00: silent hours are two times, as 21:00 08:30, or `off`, or `reset`, each from 00:00 to 23:59."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_naming_the_value_and_what_is_allowed(said, named):
    assert refusal(said) == named


def test_a_rule_that_there_is_not_is_refused_naming_all():
    assert refusal("nonsense 3") == f"There is no rule nonsense. Rules: {', '.join(RULES)}."


WORDS = st.sampled_from(
    [*RULES, "spike", "silent", "reset", "cooldown", "severity", "info", "again", "1", "60", "21:00", "nan"]
) | st.text(max_size=8)


@given(st.lists(st.lists(WORDS, max_size=4), max_size=4))
def test_whatever_is_said_leaves_rules_whose_numbers_go_together_and_that_can_be_kept(commands):
    choices = Choices()
    for words in commands:
        choices, complaint = understood(words, choices)
        assert complaint is None or complaint.strip()

    assert all(disorder(choices.rule(name), choices.rule(name).numbers) is None for name in RULES)
    assert unpacked(packed(choices)) == choices


@given(st.sampled_from(sorted(DIALS)), st.data())
def test_every_number_of_a_dial_s_range_is_taken_or_refused_for_the_others_sake(name, data):
    dial = data.draw(st.sampled_from(list(DIALS[name])))
    parts = 1 if dial.is_whole else 10
    value = data.draw(st.integers(round(dial.lowest * parts), round(dial.highest * parts))) / parts

    choices, complaint = understood([name, dial.word, f"{value:g}"], Choices())

    if complaint is None:
        assert dial.of(choices.rule(name).numbers) == pytest.approx(value)
    else:
        assert complaint.startswith(f"{name}: ")


def test_the_usual_numbers_are_within_their_ranges_and_all_can_be_chosen():
    for name, rule in RULES.items():
        assert all(dial.lowest <= dial.of(rule.numbers) <= dial.highest for dial in DIALS[name])
        assert {dial.number for dial in DIALS[name]} == set(rule.numbers) - {"all"}


def test_chats_with_one_setting_hear_it_together_and_the_usual_one_is_there_for_its_record():
    choices = {
        1: after("spike 3"),
        2: Choices(),
        3: after("spike 3", "gap 2"),
        4: after("spike severity warning"),
    }

    settings = heard("oi_spike", choices)

    assert [(each.rule.severity, each.chats) for each in settings] == [
        ("info", {2}), ("info", {1, 3}), ("warning", {4}),
    ]  # fmt: skip
    assert heard("oi_spike", {1: after("spike 3")})[0].chats == frozenset()
    own = choices[1].rule("oi_spike").key
    assert own != "oi_spike"
    assert hearing(own, choices) == {1, 3}
    assert hearing("oi_spike", choices) == {2, 4}  # a severity changes nothing of what is judged


def test_the_list_names_each_rule_with_its_numbers_and_this_setting_s_own_record():
    choices = after("spike 3", "spike cooldown 30", "silent 21:00 08:30")
    records = {"oi_spike": Record(10, 9), choices.rule("oi_spike").key: Record(4, 1)}

    said = list_page(choices, records, frozenset({"gap"}), USUAL)[0].plain

    assert "oi_spike  3 %, own 20 % · 30 min · info · 1 of 4 right, 25 %  yours" in said
    assert "gap  1 buckets · 10 min · warning  muted" in said
    assert "silent hours 21:00-08:30" in said
    assert units(said) < MESSAGE_UNITS


def test_the_page_of_a_rule_shows_what_is_usual_beside_what_is_not():
    said = rule_page(after("spike 3"), "oi_spike", {}, frozenset(), USUAL)[0].plain

    assert "threshold 3 %, usually 1.25 %  (0.1 to 50)" in said
    assert "again 1.92 %, usually 0.8 %" in said
    assert "cooldown 45 min\n" in said


@pytest.mark.parametrize("name", RULES)
def test_every_button_of_a_page_says_something_that_is_understood(name):
    for choices in (Choices(), after(f"{name} severity critical", f"{name} cooldown 0")):
        pages = (list_page(choices, {}, frozenset(), USUAL), rule_page(choices, name, {}, frozenset(), USUAL))
        commands = [does for _, buttons in pages for _, does in chain(*buttons)]
        assert all(len(command.encode()) <= CALLBACK_BYTES for command in commands)
        for command in commands:
            first, *words = command.split()
            if first == "/alerts":
                chosen(words, choices)
            else:
                assert words == [name]


def test_what_re_arms_is_never_shown_as_a_threshold():
    assert dial_of(RULES["oi_spike"], AGAIN) is not None
    assert "0.8" not in list_page(Choices(), {}, frozenset(), USUAL)[0].plain
