"""Make the lock files, and say offline whether they still belong to the pyproject.toml files."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ALL = Path("requirements.lock")
MEMBER_LOCKS = Path("deploy/locks")
STAMP = "# made by `make lock` from the pyproject.toml files with sha256 "


def projects() -> dict[str, tuple[Path, dict[str, Any]]]:
    """Return every member's folder and pyproject.toml, by distribution name."""
    files = sorted([*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")])
    files.append(ROOT / "cli/pyproject.toml")
    read = [(path, tomllib.loads(path.read_text())) for path in files]
    return {table["project"]["name"]: (path.parent.relative_to(ROOT), table) for path, table in read}


def inputs_digest() -> str:
    """Return the digest of all that decides the locks: what each project requires, and of which Python."""
    tables = [tomllib.loads((ROOT / "pyproject.toml").read_text()), *(t for _, t in projects().values())]
    said = [
        [
            table["project"]["name"],
            table["project"]["requires-python"],
            table["project"].get("dependencies", []),
            table["project"].get("optional-dependencies", {}),
            table.get("dependency-groups", {}),
        ]
        for table in tables
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def lock_files() -> dict[Path, list[str]]:
    """Return each lock file with what it is compiled from."""
    wanted = {ALL: ["pyproject.toml", "--group", "dev"]}
    wanted[MEMBER_LOCKS / "build.lock"] = ["--group", "build", "--constraint", str(ALL)]
    for folder, _ in projects().values():
        if folder.parts[0] != "libs":
            wanted[MEMBER_LOCKS / f"{folder.name}.lock"] = [
                f"{folder}/pyproject.toml",
                "--constraint",
                str(ALL),
            ]
    return wanted


def compile_lock(target: Path, sources: list[str]) -> None:
    members = [option for name in projects() for option in ("--no-emit-package", name)]
    command = [sys.executable, "-m", "uv", "pip", "compile", *sources, *members]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--output-file", str(target)]
    command += ["--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True)
    path = ROOT / target
    path.write_text(f"{STAMP}{inputs_digest()}\n{path.read_text()}")


def make_locks() -> None:
    (ROOT / MEMBER_LOCKS).mkdir(parents=True, exist_ok=True)
    for target, sources in lock_files().items():
        print(f"locking {target}", flush=True)
        compile_lock(target, sources)


def faults() -> list[str]:
    """Return what is wrong with the lock files as they stand; empty when nothing is."""
    stamp = f"{STAMP}{inputs_digest()}\n"
    found = []
    for target in lock_files():
        text = (ROOT / target).read_text() if (ROOT / target).exists() else ""
        if not text.startswith(stamp):
            found.append(f"{target} is not what the pyproject.toml files ask for: run `make lock`")
        if "://" in text:
            found.append(f"{target} holds a download address")
    strays = {path.relative_to(ROOT) for path in (ROOT / MEMBER_LOCKS).glob("*.lock")} - set(lock_files())
    return found + [f"{path} belongs to no member" for path in sorted(strays)]


def main() -> None:
    if sys.argv[1:] == ["--check"]:
        if found := faults():
            sys.exit("\n".join(found))
    else:
        make_locks()


if __name__ == "__main__":
    main()
