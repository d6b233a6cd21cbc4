"""`python -m atvos`: the command line."""

from atvos.cli import app

app(prog_name="atvos")
