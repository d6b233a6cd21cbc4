"""Contenders, each a process: ``python -m bench.curate.peers.<name> SOURCE OUTPUT [options]``.

SOURCE is a folder of files, OUTPUT a folder that does not exist. Each writes Parquet below
``OUTPUT/rows`` (columns as the table has them) and ``OUTPUT/rejects`` (``reasons``, ``line``), as
far as it can.
"""
