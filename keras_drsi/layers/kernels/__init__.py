"""Convolutions that a backend computes its own way."""
