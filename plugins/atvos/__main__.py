"""`python -m atvos`: the command line."""

import sys

from atvos.settings import SettingsError

if __name__ == "__main__":
    try:
        # Names of datasets depend on a setting, so that importing can be refused, too.
        from atvos.cli import app

        app(prog_name="atvos")
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
