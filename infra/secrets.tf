# Secrets without their values: a value that Terraform knows is in its state for everybody who may
# read that. Who is responsible for one adds it by hand:
#   openssl rand -hex 32 | gcloud secrets versions add pii-key --data-file=-
resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  secret_id   = each.key
  annotations = { description = each.value }

  # In Brazil only.
  replication {
    user_managed {
      replicas {
        location = local.region
      }
    }
  }

  lifecycle {
    # Without the key no pseudonym of later rows equals one of earlier rows.
    prevent_destroy = true
  }

  depends_on = [google_project_service.this]
}
