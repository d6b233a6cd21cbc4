"""The curate job: judges the records of a batch against their contract, and writes Parquet."""
