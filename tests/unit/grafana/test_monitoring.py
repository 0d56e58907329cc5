"""What Prometheus asks and tells, and what Grafana's user may."""

import re
from pathlib import Path

import yaml

from make_dashboards import dashboards
from oi_common.tables import metadata

ROOT = Path(__file__).resolve().parents[3]
PROMETHEUS = ROOT / "deploy/prometheus"
GRANTS = (ROOT / "deploy/mysql/grafana.sql").read_text()
SERVICES = {folder.name for folder in (ROOT / "services").iterdir() if (folder / "pyproject.toml").is_file()}


def test_every_service_is_asked_for_its_metrics():
    jobs = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    asked = {name for job in jobs for each in job.get("dns_sd_configs", []) for name in each["names"]}

    assert asked >= SERVICES - {"dashboard"}


def test_every_alert_says_how_grave_it_is_and_what_it_is_about():
    rules = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0]["rules"]

    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]


def test_grafana_may_read_the_tables_that_the_dashboards_read_and_no_others():
    granted = set(re.findall(r"^GRANT SELECT ON (\w+) TO", GRANTS, re.MULTILINE))
    queries = " ".join(
        target.get("rawSql", "")
        for board in dashboards().values()
        for panel in board["panels"]
        for target in panel["targets"]
    )
    read = {name for name in metadata.tables if re.search(rf"\b(?:FROM|JOIN) {name}\b", queries)}

    assert GRANTS.count("GRANT ") - GRANTS.count("GRANT OPTION") == len(granted)
    assert granted == read
