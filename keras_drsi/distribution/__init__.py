"""Several devices, replicas and processes."""
