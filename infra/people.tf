# What people may do besides identities.tf, by group: nobody is named.

# On call: the ports of the monitoring machine.
#   gcloud compute start-iap-tunnel monitoring 3000 --local-host-port=localhost:3000 --zone=…
resource "google_iap_tunnel_instance_iam_member" "oncall" {
  zone     = google_compute_instance.monitoring.zone
  instance = google_compute_instance.monitoring.name
  role     = "roles/iap.tunnelResourceAccessor"
  member   = "group:${var.oncall_group}"
}

# gcloud looks the machine up before it opens a tunnel.
resource "google_compute_instance_iam_member" "oncall" {
  zone          = google_compute_instance.monitoring.zone
  instance_name = google_compute_instance.monitoring.name
  role          = "roles/compute.viewer"
  member        = "group:${var.oncall_group}"
}

# --- sandboxes, in dev alone ------------------------------------------------------------------

locals {
  sandbox_engineers = var.environment == "dev" ? toset([var.engineers_group]) : toset([])
}

# Who makes a dataset owns it, and runs queries. Nobody else's is readable by that.
resource "google_project_iam_member" "engineers_datasets" {
  for_each = local.sandbox_engineers

  project = local.project
  role    = "roles/bigquery.user"
  member  = "group:${each.value}"
}

# Making a bucket is asked of the project, so its name cannot be a condition of it.
resource "google_project_iam_custom_role" "bucket_creator" {
  for_each = local.sandbox_engineers

  role_id     = "bucketCreator"
  title       = "Bucket creator"
  description = "Makes buckets, and may do nothing with them."
  permissions = ["storage.buckets.create"]
}

resource "google_project_iam_member" "engineers_buckets" {
  for_each = local.sandbox_engineers

  project = local.project
  role    = google_project_iam_custom_role.bucket_creator[each.value].id
  member  = "group:${each.value}"
}

resource "google_project_iam_member" "engineers_sandboxes" {
  for_each = local.sandbox_engineers

  project = local.project
  role    = "roles/storage.admin"
  member  = "group:${each.value}"

  condition {
    title      = "sandboxes"
    expression = "resource.name.startsWith(\"projects/_/buckets/${local.project}-sandbox-\")"
  }
}
