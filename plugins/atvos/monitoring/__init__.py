"""What watches the platform: metrics, rules, alerts, dashboards and runbooks."""
