"""What deploy/kubernetes promises of scaling, disruption and the network."""

import re

import pytest

from support import kubernetes
from support.kubernetes import FOLDER, OVERLAYS, README, ROOT, environment, labels_of, named, of_kind
from support.kustomize import build

# https://keda.sh/docs/2.16/scalers/redis-streams and redis-cluster-streams
ADDRESSES = {"redis-streams": "address", "redis-cluster-streams": "addresses"}
TRIGGER = {"stream", "consumerGroup", "lagCount", "activationLagCount"}
TRIGGER_MAY = {"enableTLS", "unsafeSsl", "databaseIndex"}
SCALED = {"scaleTargetRef", "minReplicaCount", "maxReplicaCount", "triggers"}
SCALED_MAY = {"pollingInterval", "cooldownPeriod", "fallback", "advanced"}
SCALED_OBJECTS = [
    pytest.param(each, id=each["metadata"]["name"]) for each in of_kind("overlays/production", "ScaledObject")
]


def test_every_service_has_a_disruption_budget():
    budgets = [each["spec"] for each in of_kind("base", "PodDisruptionBudget")]
    guarded = [spec["selector"]["matchLabels"]["app.kubernetes.io/name"] for spec in budgets]

    assert sorted(guarded) == sorted(named("base", "Deployment"))
    assert all(spec["maxUnavailable"] == 1 for spec in budgets)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_network_policies_choose_pods_that_there_are(overlay):
    pods = [labels_of(each) for each in of_kind(overlay, *kubernetes.WORKLOADS)]
    policies = [each["spec"] for each in of_kind(overlay, "NetworkPolicy")]

    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    for spec in policies:
        chosen = spec["podSelector"].get("matchLabels", {})
        assert any(chosen.items() <= labels.items() for labels in pods)


def test_only_those_who_need_it_reach_the_internet():
    free = {
        name for name, each in named("base", "Deployment").items() if "oi-monitor/internet" in labels_of(each)
    }

    assert free == {"ingest-ws", "poller", "ai-minimal", "ai-rich", "notifier"}


def test_the_account_has_one_client_code_and_a_replica_that_stands_by():
    deployments = named("base", "Deployment")

    assert [deployments[name]["spec"]["replicas"] for name in ("ingest-ws", "poller")] == [2, 2]
    assert "replicas" not in deployments["bucketer"]["spec"]  # KEDA's to say
    assert "replicas" not in deployments["ai-rich"]["spec"]


def test_poller_and_bucketer_know_the_same_schedule():
    deployments = named("base", "Deployment")
    schedules = {environment("base", deployments[name])["POLL_SECONDS"] for name in ("poller", "bucketer")}

    assert len(schedules) == 1


@pytest.mark.parametrize("scaled", SCALED_OBJECTS)
def test_replicas_follow_the_lag_of_each_partition(scaled):
    spec, name = scaled["spec"], scaled["spec"]["scaleTargetRef"]["name"]
    target = named("overlays/production", "Deployment")[name]
    partitions = environment("overlays/production", target)["INDICES"].split(",")
    read = [trigger["metadata"]["stream"] for trigger in spec["triggers"]]

    assert SCALED <= set(spec) <= SCALED | SCALED_MAY
    assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] == len(partitions)
    assert [re.search(r"{(\w+)}", stream)[1] for stream in read] == partitions
    assert {trigger["metadata"]["consumerGroup"] for trigger in spec["triggers"]} == {name}


@pytest.mark.parametrize("overlay", ["components/keda", "components/keda-cluster"])
def test_a_trigger_has_what_the_scaler_asks_for(overlay):
    scaler = "redis-streams" if overlay == "components/keda" else "redis-cluster-streams"
    objects = build(FOLDER / overlay)
    secrets = {each["metadata"]["name"] for each in objects if each["kind"] == "TriggerAuthentication"}
    triggers = [trigger for each in objects for trigger in each["spec"].get("triggers", ())]

    assert len(triggers) == 4
    for trigger in triggers:
        needed = TRIGGER | {ADDRESSES[scaler]}
        assert trigger["type"] == scaler
        assert trigger["authenticationRef"]["name"] in secrets
        assert needed <= set(trigger["metadata"]) <= needed | TRIGGER_MAY
        assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_kedas_secret_is_made_by_a_person_too():
    (authentication,) = of_kind("overlays/production", "TriggerAuthentication")

    for part in authentication["spec"]["secretTargetRef"]:
        assert set(part) == {"parameter", "name", "key"}
        assert re.search(rf"generic {part['name']} .*--from-file={part['key']}\b", README)


def test_lag_is_asked_of_streams_that_the_group_reads():
    code = {
        "bucketer": (ROOT / "services/bucketer/bucketer/main.py").read_text(),
        "ai-rich": (ROOT / "services/ai-rich/ai_rich/main.py").read_text(),
    }
    events = {"polls": "ChainPolled", "snapshots": "SnapshotSaved"}

    for each in of_kind("overlays/production", "ScaledObject"):
        for trigger in each["spec"]["triggers"]:
            kind = trigger["metadata"]["stream"].split(":")[1]
            assert f"stream_of({events[kind]}, partition): Route" in code[each["metadata"]["name"]]
