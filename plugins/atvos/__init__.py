"""The data platform's shared package: a pure core, and thin Airflow classes around it."""
