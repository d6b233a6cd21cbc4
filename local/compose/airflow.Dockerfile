# Airflow as on Composer: the same release, with what requirements.txt adds to Composer's image, at
# the versions that the image has or would get. Built from the root of the repository.
FROM apache/airflow:3.3.1-python3.11

COPY --chown=airflow:0 requirements.txt /tmp/requirements.txt
COPY --chown=airflow:0 requirements/composer.lock /tmp/composer.lock
# The curate job runs beside Airflow here.
COPY --chown=airflow:0 beam_jobs/curate/requirements.txt /tmp/curate.txt

RUN pip install --no-cache-dir --constraint /tmp/composer.lock \
      --requirement /tmp/requirements.txt --requirement /tmp/curate.txt \
      apache-airflow-providers-google apache-airflow-providers-apache-beam \
    && pip check \
    && mkdir -p /opt/airflow/contracts
