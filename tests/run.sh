#!/bin/sh
# Every test: what depends on the backend on each of them, the rest once.
set -eu

pytest="${VENV:-.venv}/bin/python -m pytest"
for backend in tensorflow jax torch; do
    echo "== keras_drsi on $backend"
    KERAS_BACKEND=$backend $pytest tests/keras_drsi
done
echo "== training"
KERAS_BACKEND=tensorflow $pytest tests/training tests/parity
