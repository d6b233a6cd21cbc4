locals {
  # plugins/atvos/names.py has the same; their tables are made by the DAGs.
  datasets = {
    staging    = "What batches and builds have loaded and not yet published."
    curated    = "Checked rows of every feed."
    quarantine = "Rejected records, and rows that wait for what they refer to."
    models     = "Tables behind the views of marts."
    marts      = "Views that people and reports read."
    ops        = "The ledger, and what the platform knows of itself."
  }
}

resource "google_bigquery_dataset" "this" {
  for_each = local.datasets

  dataset_id  = "${each.key}${local.suffix}"
  location    = local.region
  description = each.value

  # A table that is replaced in error can be read as it was for a week.
  max_time_travel_hours      = 168
  delete_contents_on_destroy = false

  lifecycle {
    prevent_destroy = true
    # Given by google_bigquery_dataset_iam_member and google_bigquery_dataset_access.
    ignore_changes = [access]
  }

  depends_on = [google_project_service.this]
}

# Who reads marts needs no permission on the tables behind its views.
resource "google_bigquery_dataset_access" "marts_read_models" {
  dataset_id = google_bigquery_dataset.this["models"].dataset_id

  dataset {
    dataset {
      project_id = local.project
      dataset_id = google_bigquery_dataset.this["marts"].dataset_id
    }
    target_types = ["VIEWS"]
  }
}
