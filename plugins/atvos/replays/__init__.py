"""Sends rejected records through the front door again, once their contract was corrected.

A replay writes the records into new objects below ``<feed>/replay/`` of the landing bucket, in the
feed's own format. They are sensed, curated, audited and published as any object is. Which record
of such an object is which rejected one stands in ``ops.replays`` before the object lands; the
transaction that publishes the object takes them out of quarantine.
"""
