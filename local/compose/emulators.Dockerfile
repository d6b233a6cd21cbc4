# Stand-ins for Cloud Storage and BigQuery, and for a pager. Built from the root of the repository.
FROM python:3.11.9-slim-bookworm

COPY requirements/emulators.lock /tmp/emulators.lock
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/emulators.lock

COPY local/run_bigquery.py local/run_alert_relay.py /opt/emulators/
RUN useradd --system --uid 10001 --no-create-home emulator \
    && for folder in gcs bigquery alert-relay; do \
         install --directory --owner emulator "/var/lib/$folder"; done
USER 10001
