"""Removes what has had its time, and says what BigQuery and Cloud Storage remove by themselves.

What is removed here is working material: staging tables whose batch or build has ended, folders of
batches, and notes of runs. Rows, rejected records and landed objects go by the expiry of their
partitions and the lifecycle of their bucket, which the contract's retention sets; of these this
only says what is due, and where that expiry is not what the contract promises.
"""
