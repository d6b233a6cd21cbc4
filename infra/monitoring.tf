# One small machine with what docker-compose.yaml calls statsd-exporter, prometheus, alertmanager,
# blackbox-exporter and grafana, on Google's system for containers, which updates itself.

resource "google_compute_address" "monitoring" {
  name         = "monitoring"
  region       = local.region
  subnetwork   = google_compute_subnetwork.this["monitoring"].id
  address_type = "INTERNAL"
}

# What was measured outlives the machine.
resource "google_compute_disk" "monitoring" {
  name = "monitoring-data"
  zone = "${local.region}-a"
  type = "pd-balanced"
  size = 50

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_compute_instance" "monitoring" {
  name                      = "monitoring"
  zone                      = "${local.region}-a"
  machine_type              = "e2-medium"
  allow_stopping_for_update = true
  deletion_protection       = local.is_prod

  boot_disk {
    initialize_params {
      image = "projects/cos-cloud/global/images/family/cos-121-lts"
      size  = 20
    }
  }

  attached_disk {
    source      = google_compute_disk.monitoring.id
    device_name = "data"
  }

  network_interface {
    subnetwork = google_compute_subnetwork.this["monitoring"].id
    network_ip = google_compute_address.monitoring.address
  }

  metadata = {
    user-data                 = local.cloud_init
    google-logging-enabled    = "true"
    google-monitoring-enabled = "true"
    # People come by Identity-Aware Proxy to its ports, not to a shell.
    block-project-ssh-keys = "true"
  }

  service_account {
    email = google_service_account.this["monitoring"].email
    # What it may do say its roles.
    scopes = ["cloud-platform"]
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
}
