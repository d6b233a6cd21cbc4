"""Asks Airflow's real API server, plugin included, in a process of its own; prints what it says."""

import json
import sys
from typing import Any

from airflow.api_fastapi.app import create_app
from starlette.testclient import TestClient


def main() -> None:
    """Look at the page as nobody, with a bad token, and as the user ana."""
    app = create_app(apps="core")
    found: dict[str, Any] = {}
    with TestClient(app, follow_redirects=False) as nobody:
        login = {"username": "ana", "password": "secret"}
        token = nobody.post("/auth/token", json=login).json()["access_token"]
        answer = nobody.get("/atvos/datasets/trips?lang=en")
        found["nobody"] = [answer.status_code, answer.headers.get("location")]
        found["asset"] = nobody.get("/atvos/static/style.css").status_code
    bearer = {"Authorization": f"Bearer {token}"}
    with TestClient(app, follow_redirects=False) as browser:
        found["bad"] = browser.get("/atvos/", headers={"Authorization": "Bearer x"}).status_code
        for name in ("", "datasets/trips"):
            answer = browser.get(f"/atvos/{name}?lang=en", headers=bearer)
            found[f"ana {name}"] = [answer.status_code, answer.text]
        plugins = browser.get("/api/v2/plugins", headers=bearer).json()["plugins"]
        found["plugins"] = {plugin["name"]: plugin["external_views"] for plugin in plugins}
    with TestClient(app, follow_redirects=False, cookies={"_token": token}) as framed:
        found["cookie"] = framed.get("/atvos/?lang=en").status_code
    sys.stdout.write(f"\n{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
