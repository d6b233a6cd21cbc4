"""Puts a commit into an environment's bucket, sees that Airflow takes it, and takes it back.

``files``, ``manifest`` and ``plan`` are pure; ``repository``, ``bucket``, ``lock``, ``history``,
``checks`` and ``watch`` are the edges; ``release`` is the order of things.
"""
