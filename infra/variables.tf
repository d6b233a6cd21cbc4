# What differs between environments and is no secret stands in environments/<name>.yaml. Here is
# what is nobody's business but who applies it: put it into infra/<name>.tfvars, which git ignores.

variable "environment" {
  description = "Which file of environments/ is applied."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Must be dev, staging or prod. Sandboxes are made by `bin/atvos sandbox create`."
  }
}

variable "billing_account" {
  description = "The billing account, like 012345-6789AB-CDEF01; the budget is set on it."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "Must be like 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget" {
  description = "What a month may cost before people are told, in whole units of the account's currency."
  type        = number

  validation {
    condition     = var.monthly_budget > 0
    error_message = "Must be above 0, like 8000."
  }
}

variable "github_repository" {
  description = "The repository whose workflows deploy, like atvos/data-platform."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "Must be OWNER/NAME."
  }
}

variable "oncall_group" {
  description = "The group of people on call: they reach Airflow, Prometheus and Grafana."
  type        = string
}

variable "engineers_group" {
  description = "The group of engineers: in dev they may make and delete sandboxes."
  type        = string
}
