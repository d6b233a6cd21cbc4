# The APIs that the environment uses. They stay on when this configuration is taken away: others
# in the project may use them.
resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "composer.googleapis.com",
    "compute.googleapis.com",
    "dataflow.googleapis.com",
    "dns.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "iap.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ])

  service            = each.value
  disable_on_destroy = false
}

# Images of the curate job.
resource "google_artifact_registry_repository" "images" {
  repository_id = "images"
  location      = local.region
  format        = "DOCKER"
  description   = "Images of the curate job, one for each commit that was deployed."

  docker_config {
    # A spec names its image once and for all.
    immutable_tags = true
  }

  # Images of releases are kept for as long as one can go back to them; what was never deployed
  # piles up in dev alone.
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 50
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "31536000s" # a year
    }
  }

  depends_on = [google_project_service.this]
}
