"""Writes .env, with the secrets of docker-compose.yaml, generated once: `make compose-env`."""

import base64
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from local.layout import REPOSITORY


def _key() -> str:
    return secrets.token_urlsafe(32)


SECRETS: dict[str, Callable[[], str]] = {
    "FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "JWT_SECRET": _key,
    "API_SECRET_KEY": _key,
    "PII_KEY": _key,
    "POSTGRES_PASSWORD": _key,
    "GRAFANA_PASSWORD": _key,
}
"""Every variable that docker-compose.yaml takes from .env, and what makes its value."""


def write(file: Path) -> bool:
    """Generate the secrets into `file`, readable by its owner alone; False if it is there.

    The databases of the containers know the first ones: they are never replaced.
    """
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return False
    lines = [f"{name}={make()}\n" for name, make in SECRETS.items()]
    file.write_text("".join(lines), encoding="utf-8")
    return True


def main() -> int:
    """Write .env beside docker-compose.yaml, or say that it is there."""
    file = REPOSITORY / ".env"
    if write(file):
        print(f"wrote {file}; Grafana's user is admin, its password GRAFANA_PASSWORD")
        return 0
    missing = sorted(SECRETS.keys() - _named(file))
    if missing:
        print(f"{file} is there and lacks {', '.join(missing)}: add them", file=sys.stderr)
        return 1
    print(f"{file} is there, and keeps its secrets")
    return 0


def _named(file: Path) -> set[str]:
    return {line.partition("=")[0].strip() for line in file.read_text().splitlines()}


if __name__ == "__main__":
    sys.exit(main())
