"""SQL that is proven before it runs.

Every query of a model and every statement that the platform generates is type-checked by
Google's own analyzer against the schemas that the contracts give, held against the rules of
the house (partition filters, named columns, cost limits), and linted. Nothing is run, and no
network is needed.

The analyzer knows all of GoogleSQL, and no table's size: what BigQuery has not taken over yet
passes, and so does a query that is right and expensive within its partitions.
"""
