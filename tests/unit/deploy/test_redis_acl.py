"""The table of who reads and writes what in Redis is whole, and says what the services' code does."""

import ast
from pathlib import Path

import pytest

import redis_acl
from oi_common import events
from oi_common.events import EVENTS, DecisionMade, stream_of
from redis_access import SERVICES
from redis_acl import own_keys, pattern_of, users

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = {**{name: f"services/{name}" for name in SERVICES}, "recorder": "cli/oi_cli/record"}
ONE_WRITER = [event for event in EVENTS if event is not DecisionMade]


def imported_events(folder):
    """Return the events that the code in a folder names."""
    names = {event.__name__: event for event in EVENTS}
    trees = [ast.parse(file.read_text()) for file in (ROOT / folder).rglob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    found = {alias.name for node in imports if node.module == "oi_common.events" for alias in node.names}
    return {names[name] for name in found & set(names)}


def test_the_file_is_what_the_table_says():
    assert redis_acl.main(["--check"]) == 0


def test_every_kind_of_event_is_in_the_list_of_events():
    defined = {each for each in vars(events).values() if isinstance(each, type) and hasattr(each, "kind")}

    assert set(EVENTS) == defined


@pytest.mark.parametrize("event", ONE_WRITER)
def test_every_stream_has_exactly_one_writer(event):
    assert len([name for name, access in SERVICES.items() if event in access.writes]) == 1


def test_both_loops_write_decisions():
    assert [name for name, access in SERVICES.items() if DecisionMade in access.writes] == [
        "ai-minimal",
        "ai-rich",
    ]


@pytest.mark.parametrize("event", EVENTS)
def test_every_stream_is_read_by_someone(event):
    assert any(event in (*each.reads, *each.marks, *each.groups) for each in SERVICES.values())


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_touch_the_streams_that_its_code_names_and_no_others(name):
    access = SERVICES[name]

    touched = {*access.reads, *access.marks, *access.groups, *access.writes}
    assert touched == imported_events(FOLDERS[name])


@pytest.mark.parametrize("event", EVENTS)
def test_the_pattern_of_a_stream_is_its_name_for_every_underlying(event):
    pattern = pattern_of(event)

    assert stream_of(event, "NIFTY") == pattern.replace("*", "NIFTY") or pattern == stream_of(event)


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_may_empty_stop_or_change_the_server(name):
    words = users()[name].replace("(", " ").replace(")", " ").split()
    granted = {word[1:] for word in words if word.startswith("+")}

    dangerous = {"flushall", "flushdb", "keys", "config", "config|set", "shutdown", "debug", "acl", "@all"}
    assert not granted & dangerous
    assert words[0] == "-@all"
    assert not any(word in {"~*", "allkeys", "&*", "nopass"} for word in words)


@pytest.mark.parametrize("name", SERVICES)
def test_the_keys_of_a_service_are_no_streams_and_nobody_elses(name):
    others = {key for other in SERVICES if other != name for key in own_keys(other, SERVICES[other])}
    shared = {"oi:limit:{*}:*", "oi:session:{*}*", "oi:ai:spent:{*}", "oi:once:{*}:decisions:*"}

    mine = set(own_keys(name, SERVICES[name]))
    assert mine & others <= shared
    assert not mine & {pattern_of(event) for event in EVENTS}
