"""Look for secrets in every file that git knows or would add; a found one fails.

What is knowingly no secret carries `pragma: allowlist secret` on its line.
"""

import re
import subprocess
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
# Hashes and market numbers by the thousand: nothing here is written by hand.
EXEMPT = ("requirements.lock", "deploy/locks/")
PLUGINS = (
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "KeywordDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SlackDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
)
ENTROPY = ({"name": "Base64HighEntropyString", "limit": 4.5}, {"name": "HexHighEntropyString", "limit": 3.0})
SHORTEST_HEX_KEY = 32
FILTERS = (
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
)
# What the library's own detectors do not know: chat-completion keys, and credentials filled into an example.
OURS = {
    "Chat completions key": re.compile(r"\bsk-(?:or-v1|ant|proj)-[A-Za-z0-9_-]{20,}"),
    "Broker credential": re.compile(
        r"^\s*(?:export )?ANGEL_(?:API_KEY|CLIENT_CODE|PIN|TOTP_SECRET)=[^\s$#]", re.MULTILINE
    ),
}


def files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name and not name.startswith(EXEMPT)]
    return [name for name in names if (ROOT / name).is_file()]


def found_secrets(names: list[str]) -> list[str]:
    """Return a line for each suspected secret: where it is and of what kind, never the secret itself."""
    rules = {
        "plugins_used": [*({"name": name} for name in PLUGINS), *ENTROPY],
        "filters_used": [{"path": path} for path in FILTERS],
    }
    secrets = SecretsCollection(root=str(ROOT))
    with transient_settings(rules):
        for name in names:
            secrets.scan_file(name)
        by_library = [
            f"{name}:{secret.line_number}: {secret.type}"
            for name, secret in secrets
            if not is_plainly_harmless(name, secret.type, secret.secret_value or "")
        ]
    return sorted([*by_library, *(line for name in names for line in found_by_our_patterns(name))])


def is_plainly_harmless(name: str, kind: str, value: str) -> bool:
    """A short run of hex digits is a number, and in a test a lower-case word is a made-up password."""
    if kind == "Hex High Entropy String":
        return len(value) < SHORTEST_HEX_KEY
    return (
        kind == "Secret Keyword"
        and name.startswith("tests/")
        and value.replace("-", "").isalpha()
        and value.islower()
    )


def found_by_our_patterns(name: str) -> list[str]:
    text = (ROOT / name).read_text(errors="replace")
    hits = [(kind, hit) for kind, pattern in OURS.items() for hit in pattern.finditer(text)]
    return [f"{name}:{text.count(chr(10), 0, hit.end()) + 1}: {kind}" for kind, hit in hits]


def main() -> None:
    names = files()
    if found := found_secrets(names):
        sys.exit("\n".join([*found, "remove it, or mark a line that is no secret: pragma: allowlist secret"]))
    print(f"no secrets in {len(names)} files")


if __name__ == "__main__":
    main()
