# Copy to <environment>.tfvars, which git ignores.
environment       = "dev"
billing_account   = "012345-6789AB-CDEF01"
monthly_budget    = 3000
github_repository = "atvos/data-platform"
oncall_group      = "oncall@atvos.example"
engineers_group   = "engineers@atvos.example"
