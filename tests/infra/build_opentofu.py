"""Builds OpenTofu with Go where it and Terraform are not: python -m tests.infra.build_opentofu

`go install` refuses the module, as it replaces others; so it is built from its own folder. That
takes some minutes, once.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local.layout import TOOLS_BIN

MODULE = "github.com/opentofu/opentofu@v1.10.10"


def main() -> None:
    """Build it, unless one of the two is there."""
    target = TOOLS_BIN / "tofu"
    found = shutil.which("terraform") or shutil.which("tofu") or (target.exists() and str(target))
    if found:
        print(f"terraform: {found}")
        return
    if not shutil.which("go"):
        sys.exit(
            "terraform: it is not on PATH, and Go, which would build OpenTofu, is not installed"
        )
    print(f"terraform: building {MODULE} (some minutes)", flush=True)
    TOOLS_BIN.mkdir(parents=True, exist_ok=True)
    answer = _go("mod", "download", "-json", MODULE)
    with tempfile.TemporaryDirectory(prefix="atvos-opentofu-") as folder:
        # Go's own copy is read-only.
        source = Path(shutil.copytree(json.loads(answer)["Dir"], Path(folder) / "source"))
        source.chmod(0o755)
        for name in ("go.mod", "go.sum"):
            (source / name).chmod(0o644)
        _go("build", "-o", str(target), "./cmd/tofu", folder=source)
    print(f"terraform: {target}")


def _go(*arguments: str, folder: Path | None = None) -> str:
    return subprocess.run(
        ["go", *arguments],
        cwd=folder or Path(tempfile.gettempdir()),
        env={**os.environ, "GOFLAGS": "-mod=mod"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=1800,
    ).stdout


if __name__ == "__main__":
    main()
