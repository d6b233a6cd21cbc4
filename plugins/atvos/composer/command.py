"""`atvos composer`: whether requirements.txt goes with the Composer image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atvos.composer.errors import ComposerError

if TYPE_CHECKING:
    from atvos.composer.image import Image

INVALID = 2
FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Hold requirements against the Composer image.")

_REPOSITORY = Path(__file__).resolve().parents[3]
_Image = Annotated[
    Path | None, typer.Option("--image", help="The image; default requirements/composer.yaml.")
]


@app.callback()
def main() -> None:
    """Hold requirements against the Composer image."""


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Option(help="What is installed; default requirements.txt.")
    ] = None,
    image_file: _Image = None,
    newest: Annotated[
        bool, typer.Option(help="Also resolve against the newest providers, for warnings.")
    ] = True,
) -> None:
    """Say what installing requirements.txt would do to the Composer image.

    Ends with 2 where something cannot be installed, or would change what the image has, and
    with 1 where nothing can be resolved. What is newer elsewhere is a warning.
    """
    from atvos.composer import image, parity

    file = file or _REPOSITORY / "requirements.txt"
    try:
        target = image.load(image_file)
        requirements = parity.lines(file.read_text(encoding="utf-8"))
        found = parity.check(requirements, target)
    except (ComposerError, OSError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(FAILED) from None
    for kind in ("conflicts", "changed", "superfluous", "added"):
        for line in getattr(found, kind):
            typer.echo(f"{_TITLES[kind]}: {line}", err=kind in ("conflicts", "changed"))
    if newest:
        _warn(requirements, target)
    if not found.is_sound:
        typer.echo(f"{file} does not go with {target.name}", err=True)
        raise typer.Exit(INVALID)
    typer.echo(f"{file.name} goes with {target.name}: nothing that it has would change")


_TITLES = {
    "conflicts": "conflict",
    "changed": "would change",
    "superfluous": "already there",
    "added": "added",
}


def _warn(requirements: tuple[str, ...], target: Image) -> None:
    from atvos.composer import parity

    try:
        warnings = parity.newest(requirements, target)
    except ComposerError as error:
        warnings = (f"the newest providers were not looked at: {error}",)
    for line in warnings:
        typer.echo(f"warning: {line}")


@app.command()
def known(image_file: _Image = None) -> None:
    """Print the packages that the image is known to have, as a requirements file."""
    from atvos.composer import image

    try:
        for line in image.known(image_file):
            typer.echo(line)
    except ComposerError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
