"""An Airflow DAG file that reads a Variable while it is parsed."""

from airflow.sdk import DAG, Variable

with DAG("looks_up_a_variable", schedule=None, description=Variable.get("x", default="none")):
    pass
