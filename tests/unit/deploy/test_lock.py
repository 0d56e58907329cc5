"""The lock files name every package by hash, no place to fetch it from, and belong to the pyproject.toml files."""

import pytest

import lock


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one service, with lock files that belong to it."""
    (tmp_path / "services/poller").mkdir(parents=True)
    (tmp_path / "cli").mkdir()
    (tmp_path / "deploy/locks").mkdir(parents=True)
    write_project(tmp_path / "pyproject.toml", "all")
    write_project(tmp_path / "services/poller/pyproject.toml", "oi-poller")
    write_project(tmp_path / "cli/pyproject.toml", "oi-cli")
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    for name in lock.lock_files():
        (tmp_path / name).write_text(f"{lock.STAMP}{lock.inputs_digest()}\nhttpx==1.0 --hash=sha256:00\n")
    return tmp_path


def write_project(path, name, dependencies=()):
    path.write_text(
        f'[project]\nname = "{name}"\nrequires-python = ">=3.11"\ndependencies = {list(dependencies)}\n'
    )


def test_locks_that_belong_to_the_projects_have_no_fault(project):
    assert lock.faults() == []


def test_a_new_dependency_makes_every_lock_stale(project):
    write_project(project / "services/poller/pyproject.toml", "oi-poller", ["pyotp"])

    assert len(lock.faults()) == len(lock.lock_files())


def test_a_setting_of_a_tool_makes_no_lock_stale(project):
    with (project / "pyproject.toml").open("a") as file:
        file.write("[tool.ruff]\nline-length = 100\n")

    assert lock.faults() == []


def test_a_download_address_is_a_fault(project):
    with (project / "requirements.lock").open("a") as file:
        file.write("redis @ https://example.org/redis.whl\n")

    assert lock.faults() == ["requirements.lock holds a download address"]


def test_a_missing_lock_and_a_stray_one_are_faults(project):
    (project / "deploy/locks/poller.lock").rename(project / "deploy/locks/notifier.lock")

    missing, stray = lock.faults()

    assert missing.startswith("deploy/locks/poller.lock is not")
    assert stray == "deploy/locks/notifier.lock belongs to no member"
