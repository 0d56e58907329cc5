"""docs/metrics.md says what the code shows, by one naming scheme; alerts and the System dashboard ask for nothing else."""

import importlib
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from make_dashboards import dashboards
from make_metrics_doc import DOC, Metric, faults_of, metrics, page

ROOT = Path(__file__).resolve().parents[3]
METRICS = metrics()
# What is not of our making: Prometheus' own, its client library's, and the exporter's of Redis.
OTHERS = {
    "up": {"job", "instance"},
    "scrape_duration_seconds": set(),
    "process_resident_memory_bytes": set(),
    "process_cpu_seconds_total": set(),
    "redis_stream_group_lag": {"group", "stream"},
    "redis_stream_group_messages_pending": {"group", "stream"},
}
# What Prometheus adds to every series, and the histograms' own.
ALWAYS = {"job", "instance", "le"}


def rules():
    return yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]


def system_panels():
    targets = [target for panel in dashboards()["system"]["panels"] for target in panel["targets"]]
    return [target for target in targets if "expr" in target]


ASKED = [
    *(pytest.param(rule["expr"], str(rule["annotations"]), id=rule["alert"]) for rule in rules()),
    *(pytest.param(each["expr"], each["legendFormat"], id=each["expr"]) for each in system_panels()),
]


def names_in(expression):
    bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b(?:by|without)\s*\([^)]*\)', "", expression)
    return set(re.findall(r"\b(?:oi|redis|process|scrape)_\w+|\bup\b", bare))


def labels_in(expression, told):
    grouped = re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", expression)
    chosen = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    shown = re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)", told)
    return {label.strip() for group in grouped for label in group.split(",")} | {*chosen, *shown}


def test_the_page_is_what_the_code_says():
    assert DOC.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_keeps_to_the_naming_scheme(metric):
    assert faults_of(metric) == []


def test_a_name_stands_once():
    names = [metric.name for metric in METRICS]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("metric", "fault"),
    [
        (Metric("poller", "Counter", "oi_polls", "Polls"), "does not begin with oi_poller_"),
        (Metric("poller", "Gauge", "oi_poller_wait_ms", "Wait"), "ends in ms, which is no base unit"),
        (
            Metric("poller", "Counter", "oi_poller_polls_total", "Polls"),
            "ends in total, which is no base unit",
        ),
        (Metric("poller", "Counter", "oi_poller_polls"), "has no description"),
        (Metric("poller", "Histogram", "oi_poller_wait", "Wait"), "is a histogram without a unit"),
        (
            Metric("poller", "Counter", "oi_poller_polls", "Polls", ["index"]),
            "has a label index that nobody explains",
        ),
    ],
)
def test_what_breaks_the_scheme_is_named(metric, fault):
    assert faults_of(metric) == [f"{metric.name} {fault}"]


def test_the_page_knows_every_metric_that_the_services_show():
    for file in [*ROOT.glob("libs/common/oi_common/**/*.py"), *ROOT.glob("services/*/*/**/*.py")]:
        if "prometheus_client" in file.read_text(encoding="utf-8"):
            package = file.relative_to(ROOT).with_suffix("").parts[2:]
            importlib.import_module(".".join(package))

    ours = [each for each in REGISTRY._collector_to_names if isinstance(each, MetricWrapperBase)]
    shown = {(each._name, each._documentation, each._labelnames) for each in ours if each._name[:3] == "oi_"}

    assert shown == {(metric.name, metric.says, tuple(metric.labels)) for metric in METRICS}


@pytest.mark.parametrize(("expression", "told"), ASKED)
def test_alerts_and_the_system_dashboard_ask_for_metrics_and_labels_that_there_are(expression, told):
    known = {**OTHERS, **{series: set(metric.labels) for metric in METRICS for series in metric.series}}
    asked = names_in(expression)

    assert asked
    assert asked <= set(known)
    assert labels_in(expression, told) <= ALWAYS.union(*(known[name] for name in asked))
