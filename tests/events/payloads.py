"""Messages as Cloud Storage publishes them and Pub/Sub's client gives them."""

from __future__ import annotations

import json
from typing import Any

from google.cloud.pubsub_v1.types import ReceivedMessage  # type: ignore[import-untyped]

BUCKET = "landing"


def received(name: str, generation: int = 1764300000000001, **changes: str | None) -> Any:
    """A received message about an object; ``changes`` replace attributes, None takes one away."""
    attributes = {
        "notificationConfig": f"projects/_/buckets/{BUCKET}/notificationConfigs/7",
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "JSON_API_V1",
        "bucketId": BUCKET,
        "objectId": name,
        "objectGeneration": str(generation),
        "eventTime": "2026-11-28T09:00:00.123456Z",
        **changes,
    }
    message = {
        "data": json.dumps(resource(name, generation)).encode(),
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "message_id": f"9{generation}",
        "publish_time": {"seconds": 1795856400, "nanos": 123456000},
    }
    return ReceivedMessage({"ack_id": f"ack-{generation}", "message": message})


def resource(name: str, generation: int) -> dict[str, Any]:
    """The object as the JSON API shows it: the payload of format JSON_API_V1."""
    return {
        "kind": "storage#object",
        "id": f"{BUCKET}/{name}/{generation}",
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{BUCKET}/o/{name}",
        "name": name,
        "bucket": BUCKET,
        "generation": str(generation),
        "metageneration": "1",
        "contentType": "application/x-ndjson",
        "timeCreated": "2026-11-28T09:00:00.120Z",
        "updated": "2026-11-28T09:00:00.120Z",
        "storageClass": "STANDARD",
        "size": "3",
        "md5Hash": "mZFLkyvTelC5g8XnyQrpOw==",
        "crc32c": "2PYSFg==",
        "etag": "CMHAkqn=",
    }


def event_of(*messages: Any) -> dict[str, Any]:
    """What the provider's trigger makes of received messages."""
    return {"status": "success", "message": [ReceivedMessage.to_dict(m) for m in messages]}
