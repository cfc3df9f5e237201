"""What a backend computes its own way; no other layer names a backend."""
