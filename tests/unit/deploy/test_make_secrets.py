"""The secrets are made once, are different for everyone, and lie where compose mounts them."""

import stat
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from sqlalchemy import make_url

import mysql_grants
import redis_acl
from redis_access import SERVICES as SERVICES_OF_REDIS

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "deploy/make_secrets.sh"
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
GIVEN = "\n".join(  # noqa: FLY002 - a line by line, for the scan of secrets
    [
        "ANGEL_API_KEY=key",  # pragma: allowlist secret
        "ANGEL_PIN=12=34$x 'y\"",  # pragma: allowlist secret
        "ANGEL_TOTP_SECRET=",
        "OPENROUTER_API_KEY=",
        "TELEGRAM_BOT_TOKEN=1:of-the-environment",
        "MYSQL_ROOT_PASSWORD=of-before",
        "",
    ]
)


def make(folder, given="", token=""):
    """Run the script into a folder; return what lies there: name -> content."""
    (folder.parent / "given").write_text(given)
    (folder.parent / "token").write_text(token)
    subprocess.run(
        ["/bin/sh", SCRIPT, folder, folder.parent / "given", folder.parent / "token"],
        check=True,
        capture_output=True,
    )
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): file.read_text() for file in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("secrets") / "made", GIVEN)


def test_every_file_that_compose_names_is_made(made):
    named = {
        f"{volume['volume']['subpath']}/{path.removeprefix('/secrets/')}"
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if isinstance(volume, dict) and volume["source"] == "secrets"
        for path in (service.get("environment") or {}).values()
        if str(path).startswith("/secrets/")
    }

    assert named
    assert named <= set(made)


def test_every_user_of_redis_has_a_password_whose_sum_redis_gets(made):
    for user in redis_acl.users():
        assert made[f"redis/{user}.sha256"] == sha256(made[f"made/redis-{user}"].encode()).hexdigest()
    for name in SERVICES_OF_REDIS:
        assert made[f"{name}/redis_url"] == f"redis://{name}:{made[f'made/redis-{name}']}@redis:6379/0"


def test_every_user_of_mysql_has_a_password_and_its_service_the_address(made):
    for user in mysql_grants.users():
        url = make_url(made[f"{'oi' if user == 'operator' else user}/database_url"])
        assert (url.username, url.password) == (user, made[f"accounts/{user}"])


def test_redis_holds_no_password_but_the_operators(made):
    held = {content for name, content in made.items() if name.startswith("redis/")}
    passwords = {content for name, content in made.items() if name.startswith("made/redis-")}

    assert held & passwords == {made["redis/operator"]} == {made["made/redis-operator"]}


def test_no_two_passwords_are_the_same(made):
    passwords = [content for name, content in made.items() if name.startswith("made/")]

    assert len(set(passwords)) == len(passwords)
    assert all(len(each) == 48 for each in passwords if each != "of-before")


def test_what_a_person_gives_arrives_as_it_was_said(made):
    assert made["poller/angel_pin"] == made["ingest-ws/angel_pin"] == "12=34$x 'y\""
    assert made["poller/angel_totp_secret"] == ""
    assert made["notifier/telegram_bot_token"] == "1:of-the-environment"
    assert made["mysql/root"] == made["accounts/root"] == "of-before"


def test_nobody_else_gets_what_the_broker_is_told(made):
    assert {name.split("/")[0] for name in made if "angel" in name} == {"ingest-ws", "poller"}


def test_made_again_they_are_the_same(tmp_path):
    first = make(tmp_path / "made", GIVEN)

    assert make(tmp_path / "made", GIVEN) == first


def test_a_token_in_a_file_is_taken_before_one_of_the_environment(tmp_path):
    assert make(tmp_path / "made", GIVEN, "2:of-a-file\n")["notifier/telegram_bot_token"] == "2:of-a-file"


def test_a_password_that_is_deleted_is_made_anew(tmp_path):
    first = make(tmp_path / "made")
    (tmp_path / "made/made/redis-poller").unlink()

    second = make(tmp_path / "made")

    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"made/redis-poller", "redis/poller.sha256", "poller/redis_url"}


def test_containers_of_any_user_can_read_what_is_mounted_for_them(tmp_path):
    make(tmp_path / "made")

    file, folder = tmp_path / "made/poller/redis_url", tmp_path / "made/poller"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
