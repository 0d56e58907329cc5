"""The dashboards are what Grafana's published schema says a dashboard is."""

from copy import deepcopy

import pytest
from grafana_foundation_sdk.models.dashboard import Dashboard

from make_dashboards import dashboards
from support.grafana_schema import faults

BOARDS = dashboards()


def bar_chart(board):
    return next(panel for panel in board["panels"] if panel["type"] == "barchart")


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_keeps_to_the_schema(name):
    assert list(faults(BOARDS[name])) == []


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_has_the_schemas_version(name):
    assert BOARDS[name]["schemaVersion"] == Dashboard().schema_version


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ([], "refreshEvery", "30s"),
        ([], "refresh", 30),
        (["time"], "form", "now-1h"),
        (["templating", "list", 0], "refresh", "daily"),
        (["panels", 0], "heigth", 4),
        (["panels", 0], "title", None),
        (["panels", 0, "gridPos"], "w", "24"),
        (["panels", 0, "options"], "colourMode", "none"),
        (["panels", 0, "options"], "colorMode", "colourful"),
        (["panels", 0, "fieldConfig", "defaults"], "units", "short"),
        (["panels", 0, "targets", 0], "rawSQL", "SELECT 1"),
        (["panels", 0, "fieldConfig", "overrides", 0, "properties", 0], "id", "unti"),
        (["panels", 0, "fieldConfig", "overrides", 0, "properties", 0], "value", 7),
    ],
)
def test_a_wrong_key_or_value_is_told(place, key, value):
    board = deepcopy(BOARDS["chain"])
    spot = board
    for step in place:
        spot = spot[step]

    spot[key] = value

    assert list(faults(board))


def test_a_panels_own_option_of_another_kind_of_panel_is_told():
    board = deepcopy(BOARDS["chain"])

    bar_chart(board)["options"]["cellGap"] = 1

    assert [fault.rpartition(".")[2] for fault in faults(board)] == ["cellGap: not in the schema"]


def test_an_override_of_a_field_that_the_panel_has_not_is_told():
    board = deepcopy(BOARDS["chain"])

    bar_chart(board)["fieldConfig"]["overrides"] = [
        {
            "matcher": {"id": "byName", "options": "CE OI"},
            "properties": [{"id": "custom.spanNulls", "value": False}],
        }
    ]

    assert len(list(faults(board))) == 1


def test_a_kind_of_panel_that_there_is_not_is_told():
    board = deepcopy(BOARDS["chain"])

    bar_chart(board)["type"] = "barschart"

    assert any("there is no panel barschart" in fault for fault in faults(board))
