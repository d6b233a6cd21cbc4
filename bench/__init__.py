"""What things cost, measured side by side: `make bench-parse`."""
