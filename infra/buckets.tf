# Every bucket: permissions by IAM alone, never public, and a lifecycle.

# Where files land. What is in it is the only copy of what the sources sent.
resource "google_storage_bucket" "landing" {
  name                        = local.variables.ATVOS_LANDING_BUCKET
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # A batch names generations. One that is overwritten before it was read must still be there.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
    action {
      type = "Delete"
    }
  }

  # Read once when they land, and again only to build history anew.
  lifecycle_rule {
    condition {
      age        = 90
      with_state = "LIVE"
    }
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }
  }

  # The contract's retention, for the objects as for the rows.
  dynamic "lifecycle_rule" {
    for_each = local.landing_days
    content {
      condition {
        age            = lifecycle_rule.value
        matches_prefix = ["${lifecycle_rule.key}/"]
        with_state     = "LIVE"
      }
      action {
        type = "Delete"
      }
    }
  }

  lifecycle_rule {
    condition {
      age = 7
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.this]
}

# Where batches are worked on. Everything but templates/ can be made again from landing.
resource "google_storage_bucket" "work" {
  name                        = local.variables.ATVOS_WORK_BUCKET
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Curated files, rejects and what audits found: long enough to look into a held batch.
  lifecycle_rule {
    condition {
      age            = 90
      matches_prefix = ["batches/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 400
      matches_prefix = ["data_docs/"]
    }
    action {
      type = "Delete"
    }
  }

  # Backups of the marts, unless ATVOS_BACKUP_BUCKET says another place.
  lifecycle_rule {
    condition {
      age            = 90
      matches_prefix = ["backups/"]
    }
    action {
      type = "Delete"
    }
  }

  # Dataflow's own.
  lifecycle_rule {
    condition {
      age            = 7
      matches_prefix = ["temp/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 7
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  depends_on = [google_project_service.this]
}

# The Composer environment's: DAGs and plugins, which `atvos deploy` puts there, and logs. Of our
# own, so that its name is known and it outlives the environment. Composer wants neither a
# retention policy nor a lock on it.
resource "google_storage_bucket" "composer" {
  name                        = local.file.composer.bucket
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    condition {
      age            = 90
      matches_prefix = ["logs/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 7
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  depends_on = [google_project_service.this]
}

# monitoring/ as the machine that monitors reads it.
resource "google_storage_bucket" "monitoring" {
  name                        = local.config_bucket
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_object" "monitoring" {
  for_each = local.monitoring_files

  bucket = google_storage_bucket.monitoring.name
  name   = each.value
  source = "${local.root}/monitoring/${each.value}"
}

# Who wants to know of new objects without listing them subscribes here; the DAGs list, as a
# notification can be lost and a listing cannot.
resource "google_pubsub_topic" "landing" {
  name = "landing-finalized"

  message_storage_policy {
    allowed_persistence_regions = [local.region]
  }

  depends_on = [google_project_service.this]
}

data "google_storage_project_service_account" "this" {}

resource "google_pubsub_topic_iam_member" "landing" {
  topic  = google_pubsub_topic.landing.name
  role   = "roles/pubsub.publisher"
  member = data.google_storage_project_service_account.this.member
}

resource "google_storage_notification" "landing" {
  bucket         = google_storage_bucket.landing.name
  topic          = google_pubsub_topic.landing.id
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  # Cloud Storage must be allowed to publish before it is told to.
  depends_on = [google_pubsub_topic_iam_member.landing]
}
