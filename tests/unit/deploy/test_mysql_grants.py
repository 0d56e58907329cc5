"""The grants are made of the tables' own comments and cover what each service's code reads."""

import ast
import re
from pathlib import Path

import pytest

import mysql_grants
from mysql_grants import SERVICES, grants, users, writers
from oi_common.tables import metadata

ROOT = Path(__file__).resolve().parents[3]
TABLES = set(metadata.tables)


def granted(user):
    """Return what a user may do: table -> set of words."""
    found = (re.match(r"GRANT (.*) ON (\w+) TO", grant) for grant in grants(user))
    return {match[2]: set(match[1].split(", ")) for match in found}


def named_tables(folder):
    """Return the tables that the code in a folder takes from oi_common.tables."""
    trees = [ast.parse(file.read_text()) for file in folder.rglob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.name for node in imports if node.module == "oi_common.tables" for alias in node.names
    } & TABLES


def test_the_file_is_what_the_tables_say():
    assert mysql_grants.main(["--check"]) == 0


def test_every_table_says_who_writes_it():
    assert set(writers()) == TABLES
    assert [table for table, names in writers().items() if not names] == [
        "archived_days"
    ]  # `oi archive` does


def test_a_table_has_one_writer_but_for_those_that_are_divided_by_rows():
    shared = {table for table, names in writers().items() if len(names) > 1}

    assert shared == {"ai_calls", "ai_decisions", "partition_fences", "services"}


@pytest.mark.parametrize("service", [name for name in SERVICES if (ROOT / "services" / name).is_dir()])
def test_a_service_may_read_every_table_that_its_code_names(service):
    assert named_tables(ROOT / "services" / service) <= set(granted(service))


def test_the_recorder_may_read_every_table_that_its_code_names():
    assert named_tables(ROOT / "cli/oi_cli/record") <= set(granted("recorder"))


def test_the_operator_may_read_what_the_commands_read_and_write_nothing():
    assert named_tables(ROOT / "cli") <= set(granted("operator"))
    assert all(may == {"SELECT"} for may in granted("operator").values())


def test_the_page_writes_nothing_but_its_heartbeat():
    assert {table for table, may in granted("dashboard").items() if may != {"SELECT"}} == {"services"}


def test_only_the_bucketer_may_remove_rows():
    assert [user for user in users() if any("DELETE" in may for may in granted(user).values())] == [
        "bucketer"
    ]


@pytest.mark.parametrize("user", [name for name in users() if name != "notifier"])
def test_nobody_but_the_notifier_knows_the_chats(user):
    assert "telegram_chats" not in granted(user)


def test_nobody_is_given_more_than_rows():
    given = {word for user in users() for may in granted(user).values() for word in may}

    assert given == {"SELECT", "INSERT", "UPDATE", "DELETE"}
