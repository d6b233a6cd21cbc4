"""A DAG file of dag-factory, as its documentation has it: a DAG for every YAML file."""

import os

from dagfactory import load_yaml_dags

load_yaml_dags(globals_dict=globals(), dags_folder=os.environ["BENCH_DAG_FACTORY"])
