"""Keeps copies of the marts in Cloud Storage, and puts them back.

Time travel forgets after a week, and goes with the project. A backup is a folder of Parquet
files with a manifest, which is written last: without one there is no backup.
"""
