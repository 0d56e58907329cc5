"""What docker-compose.yml and .env.example promise about privileges, ports and secrets."""

from pathlib import Path

import pytest
import yaml

from ai_rich.settings import Settings as RichSettings
from bucketer.settings import Settings as BucketerSettings
from ingest_ws.settings import Settings as IngestSettings
from notifier.settings import Settings as NotifierSettings
from paper_trader.settings import Settings as PaperSettings
from poller.settings import Settings as PollerSettings

SETTINGS = [IngestSettings, PollerSettings, BucketerSettings, PaperSettings, NotifierSettings, RichSettings]
ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
ACCOUNT = {
    "angel_api_key": "key",
    "angel_client_code": "S1",
    "angel_pin": "1234",
    "angel_totp_secret": "JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
}
BROKER_SECRETS = ("ANGEL_API_KEY", "ANGEL_PIN", "ANGEL_TOTP_SECRET")
SECRET_WORDS = ("PASSWORD", "TOKEN", "SECRET", "PIN", "API_KEY")
BROKER_USERS = ("ingest-ws", "poller")
WORLD = {
    **dict.fromkeys(BROKER_USERS, "broker"),
    **dict.fromkeys(("ai-minimal", "ai-rich"), "models"),
    "notifier": "telegram",
}
OWN_FOLDER = {"redis-exporter": "exporter"}
BY_HAND = ("oi", "owner")


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined(name):
    service = SERVICES[name]

    # Compose itself writes into the one that lays out the secrets; that one has no network and ends at once.
    assert service["read_only"] is (name != "secrets")
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["DAC_READ_SEARCH"] if name == "secrets" else [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["pids_limit"] <= 512
    assert service["cpus"] <= 1  # the engine refuses more than the machine has
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in BY_HAND else "on-failure")
    assert ("UNCONFIGURED" in (service.get("environment") or {})) == (name in BROKER_USERS)


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_given_a_secret_by_environment(name):
    environment = SERVICES[name].get("environment") or {}
    secret = [given for given in environment if any(word in given for word in SECRET_WORDS)]

    assert [given for given in secret if not given.endswith("_FILE")] == []
    assert not {"REDIS_URL", "DATABASE_URL"} & set(environment)


@pytest.mark.parametrize("name", SERVICES)
def test_everyone_sees_its_own_secrets_only(name):
    mounts = [volume for volume in SERVICES[name].get("volumes", []) if "secrets" in str(volume)]

    if name == "secrets":
        assert mounts[0] == "secrets:/secrets"
    elif name != "prometheus":
        (mount,) = mounts
        assert mount["read_only"] is True
        assert mount["volume"]["subpath"] == OWN_FOLDER.get(name, name)


@pytest.mark.parametrize("name", SERVICES)
def test_only_who_must_reach_the_world_can(name):
    outside = {net for net in SERVICES[name].get("networks", []) if not is_closed(net)}

    assert outside == {WORLD[name]} if name in WORLD else not outside


def is_closed(network):
    """Whether nothing gets out of it: it is internal, or its addresses are not translated."""
    known = COMPOSE["networks"][network] or {}
    options = known.get("driver_opts", {})
    return known.get("internal") or options.get("com.docker.network.bridge.enable_ip_masquerade") == "false"


def test_a_port_is_published_by_a_network_of_its_own():
    publishers = [name for name, service in SERVICES.items() if service.get("ports")]
    on = {net: [n for n in SERVICES if net in SERVICES[n].get("networks", [])] for net in COMPOSE["networks"]}

    assert all(on[f"{name}-port"] == [name] for name in publishers)


def test_the_databases_are_reached_only_by_those_who_need_them():
    on = {name: set(service.get("networks", [])) for name, service in SERVICES.items()}

    assert "tables" not in on["simulator"] | on["prometheus"] | on["redis-exporter"]
    assert "streams" not in on["migrate"] | on["accounts"] | on["grafana"] | on["mysql"]
    assert SERVICES["secrets"]["network_mode"] == "none"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_our_services_can_be_scaled(name):
    assert "container_name" not in SERVICES[name]
    # The page is for people, and one is enough for them.
    assert "ports" not in SERVICES[name] or name == "dashboard"


@pytest.mark.parametrize("name", OURS)
def test_each_member_is_built_by_the_one_dockerfile(name):
    member = SERVICES[name]["build"]["args"]["MEMBER"]

    assert (ROOT / member / "pyproject.toml").is_file()
    assert (ROOT / "deploy/locks" / f"{Path(member).name}.lock").is_file()


@pytest.mark.parametrize("credential", BROKER_SECRETS)
def test_the_brokers_secrets_have_no_default_and_go_to_two_services(credential):
    givers = [name for name in OURS if f"{credential}_FILE" in SERVICES[name].get("environment", {})]

    assert sorted(givers) == ["ingest-ws", "poller"]
    assert f"{credential}=${{{credential}:-}}\n" in COMPOSE["configs"]["given"]["content"]


def test_what_a_person_gives_reaches_one_container_which_ends():
    users = [name for name, service in SERVICES.items() if service.get("configs") or service.get("secrets")]

    assert users == ["secrets"]


def test_redis_loses_nothing_evicts_nothing_and_lets_nobody_in_without_a_name():
    script = (ROOT / "deploy/redis/start.sh").read_text()

    assert "--appendonly yes --appendfsync always" in script
    assert "--maxmemory-policy noeviction" in script
    assert "user default off" in script
    assert "start.sh" in SERVICES["redis"]["entrypoint"][1]


def test_what_is_not_always_run_waits_for_its_profile():
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    watchers = ("grafana", "grafana-user", "prometheus", "redis-exporter")

    assert profiles == {
        "simulator": ["demo"],
        "oi": ["tools"],
        "owner": ["tools"],
        **{name: ["monitoring"] for name in watchers},
    }


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_of_others_is_pinned(name):
    image = SERVICES[name]["image"]

    assert "build" in SERVICES[name] or image.partition(":")[2] not in {"", "latest"}


def test_the_example_environment_sets_nothing():
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


def test_the_example_environment_names_every_variable_that_compose_reads():
    example = (ROOT / ".env.example").read_text()
    text = (ROOT / "docker-compose.yml").read_text()
    interpolated = {part.split(":-")[0] for part in text.split("${")[1:]}

    assert [name for name in sorted({*interpolated, *BROKER_SECRETS}) if f"#{name}=" not in example] == []


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_example_environment_names_every_setting_of_a_service(settings):
    example = (ROOT / ".env.example").read_text()

    assert [name for name in settings.model_fields if f"#{name.upper()}=" not in example] == []


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_example_environment_shows_the_defaults(settings):
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = {
        name.lower(): value
        for name, _, value in (line.removeprefix("#").partition("=") for line in lines)
        if name.isupper() and value and name != "LOG_FORMAT"  # compose has a default of its own for it
    }
    known = {name: value for name, value in shown.items() if name in settings.model_fields}

    parsed = settings.model_validate({**ACCOUNT, **known})
    assert parsed == settings.model_validate(ACCOUNT)
