# A network of its own. No machine in it has an external address; Google's APIs are reached from
# within (Private Google Access), the internet by NAT, from the monitoring machine alone.

locals {
  ranges = {
    composer   = "10.20.0.0/26"
    dataflow   = "10.20.4.0/22"
    monitoring = "10.20.0.64/28"
  }
  # What Identity-Aware Proxy forwards from; Google's, and the same for all.
  iap_range = "35.235.240.0/20"
}

resource "google_compute_network" "this" {
  name                    = "atvos-dados"
  auto_create_subnetworks = false

  depends_on = [google_project_service.this]
}

resource "google_compute_subnetwork" "this" {
  for_each = local.ranges

  name                     = each.key
  network                  = google_compute_network.this.id
  region                   = local.region
  ip_cidr_range            = each.value
  private_ip_google_access = true
}

# How Airflow, which runs in a network of Google's, reaches this one.
resource "google_compute_network_attachment" "composer" {
  name                  = "composer"
  region                = local.region
  subnetworks           = [google_compute_subnetwork.this["composer"].id]
  connection_preference = "ACCEPT_MANUAL"

  lifecycle {
    # Composer puts the project of its own network here.
    ignore_changes = [producer_accept_lists]
  }
}

resource "google_compute_router" "this" {
  name    = "atvos-dados"
  network = google_compute_network.this.id
  region  = local.region
}

# Images, Grafana's plugin, probes of systems elsewhere, and the pager.
resource "google_compute_router_nat" "monitoring" {
  name                               = "monitoring"
  router                             = google_compute_router.this.name
  region                             = local.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.this["monitoring"].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# Without a rule nothing gets in. Dataflow's workers talk to each other when they shuffle.
resource "google_compute_firewall" "dataflow" {
  name          = "dataflow-workers"
  network       = google_compute_network.this.id
  source_ranges = [local.ranges.dataflow]
  target_tags   = ["dataflow"]

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}

# Tasks send what they measure, and ask Prometheus when `atvos why` is asked.
resource "google_compute_firewall" "statsd" {
  name                    = "composer-to-monitoring"
  network                 = google_compute_network.this.id
  source_ranges           = [local.ranges.composer]
  target_service_accounts = [google_service_account.this["monitoring"].email]

  allow {
    protocol = "udp"
    ports    = ["9125"]
  }
  allow {
    protocol = "tcp"
    ports    = ["9090", "9125"]
  }
}

# People, once Identity-Aware Proxy has seen who they are.
resource "google_compute_firewall" "iap" {
  name                    = "iap-to-monitoring"
  network                 = google_compute_network.this.id
  source_ranges           = [local.iap_range]
  target_service_accounts = [google_service_account.this["monitoring"].email]

  allow {
    protocol = "tcp"
    ports    = ["3000", "9090", "9093"]
  }
}

# Names within the network: environments/<name>.yaml has them.
resource "google_dns_managed_zone" "internal" {
  name        = "atvos-internal"
  dns_name    = "atvos.internal."
  description = "Names within the network."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.this.id
    }
  }
}

resource "google_dns_record_set" "monitoring" {
  for_each = toset(["statsd", "prometheus"])

  managed_zone = google_dns_managed_zone.internal.name
  name         = "${each.value}.${google_dns_managed_zone.internal.dns_name}"
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.monitoring.address]
}
