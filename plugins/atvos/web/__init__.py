"""The page in Airflow's UI: every dataset with its freshness, batches, checks and quarantine."""
