resource "google_composer_environment" "this" {
  name   = local.file.composer.name
  region = local.region
  labels = local.labels

  storage_config {
    bucket = google_storage_bucket.composer.name
  }

  config {
    environment_size = local.is_prod ? "ENVIRONMENT_SIZE_MEDIUM" : "ENVIRONMENT_SIZE_SMALL"
    # Two schedulers in two zones, where pages depend on them.
    resilience_mode = local.is_prod ? "HIGH_RESILIENCE" : "STANDARD_RESILIENCE"
    # Airflow's processes have no way to the internet. Builds of its image have: PyPI is there.
    enable_private_environment = true
    enable_private_builds_only = false

    node_config {
      service_account             = google_service_account.this["composer"].email
      composer_network_attachment = google_compute_network_attachment.composer.id
    }

    software_config {
      # `make composer-check` holds requirements.txt against this very image.
      image_version = local.image
      pypi_packages = local.pypi_packages
      env_variables = local.composer_variables

      airflow_config_overrides = {
        # A feed that was merged is ingested, without anybody having to switch it on.
        "core-dags_are_paused_at_creation" = "False"
      }
    }

    workloads_config {
      scheduler {
        cpu        = 1
        memory_gb  = 4
        storage_gb = 2
        count      = local.is_prod ? 2 : 1
      }
      dag_processor {
        cpu        = 1
        memory_gb  = 4
        storage_gb = 2
        count      = local.is_prod ? 2 : 1
      }
      # Sensors and Dataflow jobs wait here.
      triggerer {
        cpu       = 1
        memory_gb = 2
        count     = local.is_prod ? 2 : 1
      }
      web_server {
        cpu        = 1
        memory_gb  = 4
        storage_gb = 2
      }
      worker {
        cpu        = 2
        memory_gb  = 8
        storage_gb = 10
        min_count  = 1
        max_count  = local.is_prod ? 4 : 2
      }
    }

    # The nights of the weekend, by UTC. Google asks for twelve hours a week.
    maintenance_window {
      start_time = "2026-01-04T04:00:00Z"
      end_time   = "2026-01-04T10:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=SU,SA"
    }

    data_retention_config {
      task_logs_retention_config {
        storage_mode = "CLOUD_LOGGING_AND_CLOUD_STORAGE"
      }
    }
  }

  # An environment takes its permissions as they are when it is made.
  depends_on = [
    google_project_iam_member.this,
    google_storage_bucket_iam_member.this,
  ]
}
