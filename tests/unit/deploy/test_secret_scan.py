"""The secret scan finds what must never be committed, and lets pass what is no secret."""

import pytest

import secret_scan

ALPHABET = "".join(f"{a}{b}" for a, b in zip("aBdEgHjKmNpQrStU", "3579124680135792", strict=True))

# Put together here, so that this file itself holds none.
PLANTED = {
    "broker key in an environment file": ("planted.env", f"ANGEL_API_KEY={ALPHABET[:8]}"),
    "broker PIN in an environment file": ("planted.env", "ANGEL_PIN=4821"),
    "chat completions key": ("planted.py", f'key = "sk-or-v1-{ALPHABET}"'),
    "Telegram bot token": ("planted.env", f"TELEGRAM_BOT_TOKEN=7123456789:AAH{ALPHABET}"),
    "password in a URL": ("planted.yml", f"url: mysql://oi:{ALPHABET[:8]}@db/oi"),
    "private key": ("planted.pem", "-----BEGIN RSA " + "PRIVATE KEY-----"),
    "cloud access key": ("planted.py", f'key = "AKIA{ALPHABET[:16].upper()}"'),
}
HARMLESS = {
    "a credential left empty": ("harmless.env", "ANGEL_PIN="),
    "a credential as a comment": ("harmless.env", "#ANGEL_PIN="),
    "a variable in a URL": ("harmless.yml", "url: mysql://oi:${MYSQL_PASSWORD:-development}@db/oi"),
    "a short number in hex": ("harmless.py", 'correlation = "abcde12345"'),
    "a marked line": ("harmless.py", f'password = "{ALPHABET}"  # pragma: allowlist secret'),
}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(secret_scan, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_secret_is_found_and_not_repeated(what, tmp_path):
    name, line = PLANTED[what]
    (tmp_path / name).write_text(f"# first line\n{line}\n")

    found = secret_scan.found_secrets([name])

    assert found
    assert all(said.startswith(f"{name}:2: ") and line not in said for said in found)


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_no_secret_passes(what, tmp_path):
    name, line = HARMLESS[what]
    (tmp_path / name).write_text(f"{line}\n")

    assert secret_scan.found_secrets([name]) == []
