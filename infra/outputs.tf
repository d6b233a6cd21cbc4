output "airflow_uri" {
  description = "composer.airflowUrl of environments/<name>.yaml."
  value       = google_composer_environment.this.config[0].airflow_uri
}

output "curate_image" {
  description = "The variable CURATE_IMAGE of the GitHub environment, _IMAGE of Cloud Build."
  value       = "${local.region}-docker.pkg.dev/${local.project}/${google_artifact_registry_repository.images.repository_id}/curate"
}

output "workload_identity_provider" {
  description = "The variable WORKLOAD_IDENTITY_PROVIDER of the GitHub environment."
  value       = google_iam_workload_identity_pool_provider.github.name
}

output "deployer_service_account" {
  description = "The variable DEPLOYER_SERVICE_ACCOUNT of the GitHub environment."
  value       = google_service_account.this["deploy"].email
}

output "dataflow_subnetwork" {
  description = "Where Dataflow's workers run."
  value       = "regions/${local.region}/subnetworks/${google_compute_subnetwork.this["dataflow"].name}"
}
