"""The embedded stack: Cloud Storage, BigQuery, metrics and Airflow on one machine.

``python -m local up`` starts it, ``python -m local down`` ends it; ``local.stack.Stack``
is the same for the demo and the tests. Nothing here runs on Composer.
"""
