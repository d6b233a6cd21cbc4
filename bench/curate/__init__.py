"""What the curate job costs beside what one would use instead: `make bench`."""
