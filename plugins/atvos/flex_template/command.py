"""`atvos template`: what Dataflow launches the curate job from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atvos.settings import SettingsError

if TYPE_CHECKING:
    from google.cloud import storage

    from atvos.settings import Settings

INVALID = 2
FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Publish what Dataflow launches the curate job from.")


@app.callback()
def main() -> None:
    """Publish what Dataflow launches the curate job from."""


@app.command()
def publish(
    env: Annotated[str, typer.Option("--env", help="An environment, like dev.")],
    image: Annotated[str, typer.Option(help="The pushed image, best by its digest.")],
    commit: Annotated[
        str | None, typer.Option(help="The image's commit; default: the one checked out.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the spec and where it would go.")
    ] = False,
) -> None:
    """Write the spec of the commit's image to where the environment's DAGs look for it.

    A spec that is there with another content is never replaced (2): running jobs and older
    releases stand on it.
    """
    from atvos import environments
    from atvos.deploy.errors import RefusedError
    from atvos.deploy.repository import Repository
    from atvos.flex_template.spec import SpecError, metadata, spec
    from atvos.oncall.reach import errors
    from atvos.user_clients import storage_client

    try:
        chosen = environments.load(env).settings(commit or Repository(_ROOT).commit())
        place, text = _template(chosen), spec(image, metadata())
        if dry_run:
            typer.echo(f"{place}\n{text}", nl=False)
            return
        done = write(storage_client(chosen), place, text)
    except (SettingsError, SpecError, RefusedError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    except errors() as error:
        typer.echo(f"Cloud Storage: {error}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"{'published' if done else 'is there already:'} {place}")


_ROOT = Path(__file__).resolve().parents[3]


def _template(chosen: Settings) -> str:
    """Where the spec goes. SettingsError in an environment without Dataflow."""
    if chosen.dataflow is None:
        raise SettingsError(f"{chosen.environment} runs no jobs on Dataflow: nothing is published")
    return chosen.dataflow.template


def write(client: storage.Client, uri: str, text: str) -> bool:
    """Write the spec, False where it is there already. SettingsError where another one is.

    Raises what the client raises.
    """
    from google.api_core.exceptions import PreconditionFailed

    bucket, _, name = uri.removeprefix("gs://").partition("/")
    blob = client.bucket(bucket).blob(name)
    if not blob.exists():
        try:
            # Of two that saw none, Cloud Storage lets one write.
            blob.upload_from_string(text, "application/json", if_generation_match=0)
        except PreconditionFailed:
            pass
        else:
            return True
    if blob.download_as_bytes().decode("utf-8") != text:
        raise SettingsError(
            f"{uri} is there with another image or metadata: commit, and build anew"
        )
    return False
