"""A Redis and a database with the users of production, for tests that run services as them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql
import redis
from sqlalchemy import make_url

import mysql_grants
import redis_acl
from support.databases import run_sql

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "its'own"  # pragma: allowlist secret


def has_selectors(client: "redis.Redis") -> bool:
    """Redis 7 gives a user several sets of commands, each with its keys."""
    return int(str(client.info("server")["redis_version"]).split(".")[0]) >= 7


@contextmanager
def redis_users(url: str) -> Iterator[dict[str, str]]:
    """Make every user in a running Redis; yield each one's URL, and take them away again."""
    parts = make_url(url)
    with redis.Redis.from_url(url) as client:
        made = redis_acl.users(selectors=has_selectors(client))
        for name, rules in made.items():
            client.execute_command("ACL", "SETUSER", name, "reset", "on", f">{PASSWORD}", *_words(rules))
        client.execute_command("ACL", "LOG", "RESET")
        try:
            yield {name: f"redis://{name}:{PASSWORD}@{parts.host}:{parts.port}/0" for name in made}
        finally:
            client.execute_command("ACL", "DELUSER", *made)


def _words(rules: str) -> list[str]:
    """Split the rules as Redis does: what stands in parentheses is one word."""
    words: list[str] = []
    for part in rules.split():
        if words and words[-1].startswith("(") and not words[-1].endswith(")"):
            words[-1] += f" {part}"
        else:
            words.append(part)
    return words


def refusals(url: str) -> list[str]:
    """Return what Redis has refused since the users were made, but for how clients introduce themselves."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return [
            f"{entry['username']}: {entry['reason']} {entry['object']}"
            for entry in client.acl_log()
            if not entry["object"].startswith(("client", "hello"))
        ]


@contextmanager
def database_users(url: str) -> Iterator[dict[str, str]]:
    """Make every user in a migrated database, as the container does; yield each one's URL."""
    make_database_users(url)
    parts = make_url(url)
    try:
        yield {
            name: parts.set(username=name, password=PASSWORD).render_as_string(hide_password=False)
            for name in mysql_grants.users()
        }
    finally:
        run_sql(url, *(f"DROP USER IF EXISTS '{name}'@'%'" for name in mysql_grants.users()))


def make_database_users(url: str) -> None:
    passwords = [
        f"SET @`{name}` = CONVERT(0x{PASSWORD.encode().hex()} USING utf8mb4)" for name in mysql_grants.users()
    ]
    bare = "\n".join(line for line in mysql_grants.text().splitlines() if not line.startswith("--"))
    run_sql(url, *passwords, *(each.strip() for each in bare.split(";\n") if each.strip()))


def connected(url: str) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    parts = make_url(url)
    return pymysql.connect(
        host=parts.host,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.database,
        autocommit=True,
    )


def secrets_made(folder: Path) -> Path:
    """Run the script that makes the secrets, into a folder."""
    subprocess.run(["/bin/sh", ROOT / "deploy/make_secrets.sh", folder], check=True, capture_output=True)
    return folder
