# Who does what, and what each may do. A permission is given where it is needed and no higher: on
# a dataset, bucket, secret, repository or account; on the project only what knows nothing smaller.

locals {
  accounts = {
    composer               = "Runs Airflow: DAGs, triggers and the web server's pages."
    (local.curate_account) = "Launches and runs the curate job on Dataflow."
    deploy                 = "Deploys from GitHub Actions or Cloud Build."
    powerbi                = "Refreshes Power BI's datasets."
    monitoring             = "The machine with Prometheus and Grafana."
  }

  # People, who release held batches and backfill as themselves, so that the books say who it was.
  people = {
    oncall = "group:${var.oncall_group}"
  }

  # identity → roles on the project
  project_roles = {
    composer = [
      "roles/bigquery.jobUser",
      "roles/composer.worker",
      "roles/dataflow.developer",
    ]
    # The job is created by its launcher, which runs as this account, too.
    curate     = ["roles/dataflow.developer", "roles/dataflow.worker"]
    deploy     = ["roles/composer.user", "roles/logging.logWriter"]
    powerbi    = ["roles/bigquery.jobUser"]
    monitoring = ["roles/bigquery.jobUser", "roles/logging.logWriter", "roles/monitoring.metricWriter"]
    oncall     = ["roles/bigquery.jobUser", "roles/composer.user"]
  }

  # What prepares tables says CREATE SCHEMA IF NOT EXISTS, for which BigQuery wants the permission
  # even where the dataset is there.
  dataset_creators = ["composer", "oncall"]

  # identity → dataset → role
  dataset_roles = {
    composer = {
      staging    = "roles/bigquery.dataEditor"
      curated    = "roles/bigquery.dataEditor"
      quarantine = "roles/bigquery.dataEditor"
      models     = "roles/bigquery.dataEditor"
      marts      = "roles/bigquery.dataEditor"
      ops        = "roles/bigquery.dataEditor"
    }
    oncall = {
      staging    = "roles/bigquery.dataEditor"
      curated    = "roles/bigquery.dataEditor"
      quarantine = "roles/bigquery.dataEditor"
      models     = "roles/bigquery.dataEditor"
      marts      = "roles/bigquery.dataEditor"
      ops        = "roles/bigquery.dataEditor"
    }
    powerbi = {
      marts = "roles/bigquery.dataViewer"
    }
    monitoring = {
      marts      = "roles/bigquery.dataViewer"
      ops        = "roles/bigquery.dataViewer"
      quarantine = "roles/bigquery.dataViewer"
    }
  }

  # identity → bucket → role, and the beginning of the names of the objects it is for. What lands
  # has personal data in it: Airflow and people list it, only the curate job reads it.
  bucket_roles = {
    composer = {
      landing = { role = "roles/storage.legacyBucketReader", prefix = "" }
      work    = { role = "roles/storage.objectUser", prefix = "" }
    }
    curate = {
      landing = { role = "roles/storage.objectViewer", prefix = "" }
      work    = { role = "roles/storage.objectUser", prefix = "" }
    }
    deploy = {
      composer = { role = "roles/storage.objectUser", prefix = "" }
      work     = { role = "roles/storage.objectUser", prefix = "templates/" }
    }
    monitoring = {
      monitoring = { role = "roles/storage.objectViewer", prefix = "" }
    }
    oncall = {
      landing = { role = "roles/storage.legacyBucketReader", prefix = "" }
      work    = { role = "roles/storage.objectViewer", prefix = "batches/" }
    }
  }

  # identity → secrets that it reads
  secret_readers = {
    curate     = [local.pii_secret]
    monitoring = ["alert-webhook", "grafana-admin-password"]
  }

  # identity → role on the repository of images
  repository_roles = {
    curate = "roles/artifactregistry.reader"
    deploy = "roles/artifactregistry.writer"
  }

  # identity → accounts as which it starts something. The curate job's launcher creates the job
  # that then runs as the same account.
  acts_as = {
    composer = ["curate"]
    curate   = ["curate"]
  }

  buckets = {
    landing    = google_storage_bucket.landing.name
    work       = google_storage_bucket.work.name
    composer   = google_storage_bucket.composer.name
    monitoring = google_storage_bucket.monitoring.name
  }
  account_ids = {
    for name, _ in local.project_roles : name => name == "curate" ? local.curate_account : name
    if !contains(keys(local.people), name)
  }
  members = merge(
    { for name, id in local.account_ids : name => google_service_account.this[id].member },
    local.people,
  )
}

resource "google_service_account" "this" {
  for_each = local.accounts

  account_id   = each.key
  display_name = each.value
}

resource "google_project_iam_member" "this" {
  for_each = merge([
    for who, roles in local.project_roles : { for role in roles : "${who} ${role}" => { who = who, role = role } }
  ]...)

  project = local.project
  role    = each.value.role
  member  = local.members[each.value.who]
}

# No predefined role has this without reading data, too.
resource "google_project_iam_custom_role" "dataset_creator" {
  role_id     = "datasetCreator"
  title       = "Dataset creator"
  description = "Makes datasets, and becomes the owner of what it has made."
  permissions = ["bigquery.datasets.create"]
}

resource "google_project_iam_member" "dataset_creators" {
  for_each = toset(local.dataset_creators)

  project = local.project
  role    = google_project_iam_custom_role.dataset_creator.id
  member  = local.members[each.value]
}

resource "google_bigquery_dataset_iam_member" "this" {
  for_each = merge([
    for who, roles in local.dataset_roles : {
      for dataset, role in roles : "${who} ${dataset}" => { who = who, dataset = dataset, role = role }
    }
  ]...)

  dataset_id = google_bigquery_dataset.this[each.value.dataset].dataset_id
  role       = each.value.role
  member     = local.members[each.value.who]
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = merge([
    for who, grants in local.bucket_roles : {
      for bucket, grant in grants : "${who} ${bucket}" => merge(grant, { who = who, bucket = bucket })
    }
  ]...)

  bucket = local.buckets[each.value.bucket]
  role   = each.value.role
  member = local.members[each.value.who]

  dynamic "condition" {
    for_each = each.value.prefix == "" ? [] : [each.value.prefix]
    content {
      title      = "below ${condition.value}"
      expression = "resource.name.startsWith(\"projects/_/buckets/${local.buckets[each.value.bucket]}/objects/${condition.value}\")"
    }
  }
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each = merge([
    for who, names in local.secret_readers : { for name in names : "${who} ${name}" => { who = who, name = name } }
  ]...)

  secret_id = google_secret_manager_secret.this[each.value.name].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.value.who]
}

resource "google_artifact_registry_repository_iam_member" "this" {
  for_each = local.repository_roles

  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = each.value
  member     = local.members[each.key]
}

resource "google_service_account_iam_member" "acts_as" {
  for_each = merge([
    for who, accounts in local.acts_as : { for account in accounts : "${who} ${account}" => { who = who, account = account } }
  ]...)

  service_account_id = google_service_account.this[local.account_ids[each.value.account]].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.members[each.value.who]
}
