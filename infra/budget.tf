# People are told, nothing is switched off: data that is late costs more than a day's bill. What
# one query may cost is capped by ATVOS_MAXIMUM_BYTES_BILLED.
resource "google_billing_budget" "this" {
  billing_account = var.billing_account
  display_name    = "atvos-dados ${var.environment}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  # While there is still time to do something.
  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }
}

data "google_project" "this" {
  project_id = local.project
}
