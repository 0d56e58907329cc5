"""An environment for the peers, whose needs would not go with ours."""

import subprocess
import sys
import tempfile
from pathlib import Path

PEERS = ("faststream[redis]==0.7.8", "redis[hiredis]==8.1.0", "pydantic>=2.10")
# It comes as source only.
CRYPTOFEED = ("cython<3.2", "setuptools", "wheel"), ("cryptofeed==2.4.1",)


class NotMeasured(RuntimeError):
    """A peer could not be installed here; the message says why."""


def peers_python() -> str:
    """Return the Python of an environment with the peers. Raises NotMeasured."""
    folder = Path(tempfile.gettempdir()) / "oi-bench-peers"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        _run("venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder))
        install = ("pip", "install", "--quiet", "--python", str(python))
        _run(*install, *PEERS)
        build, package = CRYPTOFEED
        _run(*install, *build)
        _run(*install, "--no-build-isolation", *package)
        ready.touch()
    return str(python)


def _run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"uv {command[0]} {command[-1]}: {done.stderr[-500:]}")
