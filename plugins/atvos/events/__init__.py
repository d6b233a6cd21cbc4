"""Messages of Cloud Storage about new objects: they end a run's waiting, and decide nothing."""
