"""What people on call ask: what is stale, why, and what to do."""
