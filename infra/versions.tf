terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # The bucket is given at init: each environment has a state of its own, in its own project.
  #   terraform -chdir=infra init -backend-config=bucket=atvos-dados-dev-tfstate
  backend "gcs" {
    prefix = "infra"
  }
}

provider "google" {
  project = local.project
  region  = local.region
  # Budgets are billed to a project, whoever's credentials ask.
  billing_project       = local.project
  user_project_override = true
  default_labels        = local.labels
}
