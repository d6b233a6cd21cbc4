# Everything that infra/ reads from the rest of the repository. It refers to no resource, so that
# `terraform console` evaluates it without a provider, as the tests do.

locals {
  root = "${path.module}/.."

  # --- environments/<name>.yaml ---------------------------------------------------------------
  file      = yamldecode(file("${local.root}/environments/${var.environment}.yaml"))
  variables = { for name, value in local.file.variables : name => tostring(value) }
  project   = local.variables.ATVOS_PROJECT
  region    = local.variables.ATVOS_LOCATION
  suffix    = lookup(local.variables, "ATVOS_DATASET_SUFFIX", "")
  is_prod   = var.environment == "prod"

  labels = {
    system      = "atvos-dados"
    environment = var.environment
    managed-by  = "terraform"
  }

  # The names that processes know by a variable, so that there is one place for each.
  curate_account = split("@", local.variables.ATVOS_DATAFLOW_SERVICE_ACCOUNT)[0]
  pii_secret     = split("/", local.variables.ATVOS_PII_KEY_SECRET)[3]

  # --- requirements/composer.yaml, requirements.txt -------------------------------------------
  image = yamldecode(file("${local.root}/requirements/composer.yaml")).image
  requirements = [
    for line in split("\n", file("${local.root}/requirements.txt")) : trimspace(split("#", line)[0])
    if trimspace(split("#", line)[0]) != ""
  ]
  # Composer wants a name, and what follows it: extras and versions.
  pypi_packages = {
    for line in local.requirements :
    regex("^([A-Za-z0-9._-]+)(.*)$", line)[0] => regex("^([A-Za-z0-9._-]+)(.*)$", line)[1]
  }

  composer_variables = merge(
    local.variables,
    # The addresses of its own Airflow are known once it stands.
    local.file.composer.airflowUrl == null ? {} : { ATVOS_AIRFLOW_URL = local.file.composer.airflowUrl },
    # Great Expectations would send usage statistics to its makers.
    { GX_ANALYTICS_ENABLED = "False" },
  )

  # --- dags/contracts/*.odcs.yaml -------------------------------------------------------------
  contracts = {
    for name in fileset("${local.root}/dags/contracts", "*.odcs.yaml") :
    trimsuffix(name, ".odcs.yaml") => yamldecode(file("${local.root}/dags/contracts/${name}"))
  }
  days_of_unit = { d = 1, mo = 31, y = 366 }
  # After how many days the objects of a feed go: no sooner than the rows that came from them. A
  # feed without a retention keeps its objects.
  landing_days = merge([
    for feed, contract in local.contracts : {
      for sla in contract.slaProperties : feed => sla.value * local.days_of_unit[sla.unit]
      if sla.property == "retention"
    }
  ]...)

  # --- docker-compose.yaml, monitoring/ -------------------------------------------------------
  # The machine runs the containers of docker-compose.yaml: the same images, flags and files.
  compose_services = yamldecode(file("${local.root}/docker-compose.yaml")).services
  monitored_by     = ["statsd-exporter", "prometheus", "alertmanager", "blackbox-exporter", "grafana"]
  monitoring_files = fileset("${local.root}/monitoring", "**")
  # Only production watches the systems that the data comes from; docs/systems.md says how the
  # files are named.
  watched = local.is_prod ? ["applications/production.yml", "nodes/production.yml", "probes/production.yml"] : []

  containers = {
    for name in local.monitored_by : name => {
      image   = local.compose_services[name].image
      command = join(" ", try(local.compose_services[name].command, []))
      # What is mounted of the repository is mounted of its copy; local/ is of docker-compose alone.
      volumes = concat(
        [
          for volume in local.compose_services[name].volumes :
          replace(replace(volume, "/^\\.\\/monitoring\\//", "/var/lib/atvos/config/"), "/^([a-z-]+-data):/", "/mnt/disks/data/$1:")
          if !startswith(volume, "./local/")
        ],
        name != "grafana" ? [] : ["/run/atvos/secrets/grafana-admin-password:/run/secrets/grafana-admin-password:ro"],
        name != "prometheus" ? [] : [
          for file in local.watched :
          "/var/lib/atvos/config/prometheus/targets/${file}:/etc/prometheus/targets/${file}:ro"
        ],
      )
      # Ports of the host: who may reach them says the firewall.
      ports  = [for port in try(local.compose_services[name].ports, []) : trimprefix(port, "127.0.0.1:")]
      memory = local.compose_services[name].deploy.resources.limits.memory
    }
  }

  grafana_environment = {
    PROMETHEUS_URL                   = "http://prometheus:9090"
    ALERTMANAGER_URL                 = "http://alertmanager:9093"
    GOOGLE_CLOUD_PROJECT             = local.project
    BIGQUERY_LOCATION                = local.region
    GF_INSTALL_PLUGINS               = "grafana-bigquery-datasource"
    GF_USERS_ALLOW_SIGN_UP           = "false"
    GF_ANALYTICS_REPORTING_ENABLED   = "false"
    GF_ANALYTICS_CHECK_FOR_UPDATES   = "false"
    GF_SECURITY_ADMIN_PASSWORD__FILE = "/run/secrets/grafana-admin-password"
  }

  secrets = {
    (local.pii_secret)       = "The key of pseudonyms: 32 characters or more."
    "grafana-admin-password" = "The password of Grafana's admin."
    "alert-webhook"          = "Where Alertmanager's notifications go: https://HOST/PATH, to which page, ticket or info is added."
  }

  config_bucket = "${local.project}-monitoring"
  # Not that of docker-compose.yaml, which needs none.
  cli_image = "gcr.io/google.com/cloudsdktool/google-cloud-cli:529.0.0-slim"
  # As whom the images run, who must be able to write.
  data_owners = {
    prometheus-data   = "65534:65534"
    alertmanager-data = "65534:65534"
    grafana-data      = "472:0"
  }

  # Read by the machine whenever it starts.
  cloud_init = join("\n", ["#cloud-config", yamlencode({
    bootcmd = concat(
      [
        "blkid /dev/disk/by-id/google-data || mkfs.ext4 -m 0 /dev/disk/by-id/google-data",
        "mkdir -p /mnt/disks/data",
        "mountpoint -q /mnt/disks/data || mount -o discard,nosuid,nodev /dev/disk/by-id/google-data /mnt/disks/data",
      ],
      [for name in keys(local.data_owners) : "mkdir -p /mnt/disks/data/${name}"],
      [for name, owner in local.data_owners : "chown ${owner} /mnt/disks/data/${name}"],
    )
    write_files = concat(
      [
        {
          path        = "/etc/atvos/sync.sh"
          permissions = "0644"
          content = templatefile("${path.module}/monitoring/sync.sh.tftpl", {
            project   = local.project
            bucket    = local.config_bucket
            cli_image = local.cli_image
          })
        },
        {
          path        = "/etc/systemd/system/atvos-sync.service"
          permissions = "0644"
          content     = file("${path.module}/monitoring/atvos-sync.service")
        },
        {
          path        = "/etc/systemd/system/atvos-sync.timer"
          permissions = "0644"
          content     = file("${path.module}/monitoring/atvos-sync.timer")
        },
      ],
      [
        for name, container in local.containers : {
          path        = "/etc/systemd/system/${name}.service"
          permissions = "0644"
          content = templatefile("${path.module}/monitoring/container.service.tftpl", merge(container, {
            name        = name
            environment = name == "grafana" ? local.grafana_environment : {}
          }))
        }
      ],
    )
    runcmd = concat(
      ["systemctl daemon-reload", "systemctl start atvos-sync.timer"],
      [for name in local.monitored_by : "systemctl start ${name}.service"],
    )
  })])
}
