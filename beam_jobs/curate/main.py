"""Curates one batch: ``python main.py --batch gs://work/batches/<feed>/<batch_id> [beam flags]``.

Everything is in the package ``curate``, so that workers import it instead of unpickling it.
"""

from __future__ import annotations

import logging
import os
import sys

from curate.pipeline import run

if __name__ == "__main__":
    # With --direct_running_mode=multi_processing the workers are processes that import the package.
    paths = [sys.path[0], os.environ.get("PYTHONPATH")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Beam says of each step that it does not read annotations that are strings.
    logging.getLogger("apache_beam.typehints").setLevel(logging.WARNING)
    sys.exit(run(sys.argv[1:]))
