"""What every dashboard and panel owes a person, and that the files are what the generator makes."""

import re
from pathlib import Path

import pytest
import yaml

from make_dashboards import FOLDER, dashboards, text_of
from support.grafana import names_in

ROOT = Path(__file__).resolve().parents[3]
BOARDS = dashboards()
PANELS = [
    pytest.param(name, panel, id=f"{name}: {panel['title']}")
    for name, board in BOARDS.items()
    for panel in board["panels"]
]


@pytest.mark.parametrize("name", BOARDS)
def test_a_file_is_what_the_generator_makes(name):
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == text_of(BOARDS[name])


def test_there_is_no_file_that_the_generator_does_not_make():
    assert {file.stem for file in FOLDER.iterdir()} == set(BOARDS)


@pytest.mark.parametrize(("name", "panel"), PANELS)
def test_a_panel_says_what_it_shows(name, panel):
    sentences = re.findall(r"[^.]{3,}?\.(?=\s|$)", panel["description"])

    assert panel["title"]
    assert 1 <= len(sentences) <= 2
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["noValue"]


@pytest.mark.parametrize(("name", "panel"), PANELS)
def test_a_panel_reads_only_variables_that_there_are(name, panel):
    known = {variable["name"] for variable in BOARDS[name]["templating"]["list"]}
    texts = [panel["title"], *(target.get("rawSql", "") for target in panel["targets"])]

    assert set().union(*map(names_in, texts)) <= known


@pytest.mark.parametrize("name", [name for name in BOARDS if name != "system"])
def test_the_choices_are_index_day_expiry_and_timeframe(name):
    variables = BOARDS[name]["templating"]["list"]
    seen = set()
    for variable in variables:
        assert names_in(variable["query"]) <= seen
        seen.add(variable["name"])

    assert seen == {"index", "day", "expiry", "timeframe"}


@pytest.mark.parametrize("name", BOARDS)
def test_panels_lie_beside_one_another(name):
    taken = set()
    for panel in BOARDS[name]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize("name", BOARDS)
def test_panels_and_dashboards_have_names_of_their_own(name):
    numbers = [panel["id"] for panel in BOARDS[name]["panels"]]

    assert len(set(numbers)) == len(numbers)
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)


def test_every_data_source_is_provisioned():
    provisioned = yaml.safe_load((ROOT / "grafana/provisioning/datasources/oi.yml").read_text())[
        "datasources"
    ]
    known = {(each["type"], each["uid"]) for each in provisioned}
    used = {
        (target["datasource"]["type"], target["datasource"]["uid"])
        for board in BOARDS.values()
        for panel in board["panels"]
        for target in panel["targets"]
    }

    assert used == known
