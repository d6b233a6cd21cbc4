"""The data dictionary: what every table holds, where it comes from, and who answers for it.

It is derived from contracts and models alone. ``lineage`` says what a query's columns are
computed from, ``catalog`` puts all tables together, ``overview``, ``tables`` and ``personal``
write the pages, ``files`` keeps them on disk, and ``drawing`` draws their diagrams for the browser.
"""
