"""Makes the buckets of the containers' Cloud Storage, where they are not there yet."""

import os

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

client = storage.Client(
    project=os.environ["GOOGLE_CLOUD_PROJECT"],
    credentials=AnonymousCredentials(),
    client_options={"api_endpoint": os.environ["STORAGE_EMULATOR_HOST"]},
)
for variable in ("ATVOS_LANDING_BUCKET", "ATVOS_WORK_BUCKET"):
    name = os.environ[variable]
    if client.lookup_bucket(name) is None:
        client.create_bucket(name)
        print(f"made bucket {name}")
