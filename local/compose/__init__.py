"""What docker-compose.yaml needs besides the embedded stack's own files."""
