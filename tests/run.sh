#!/bin/sh
# Every test: what depends on the backend on each of them, the rest once.
# Two processes of one thread each: several of more threads would only wait
# for each other.
set -eu

export OMP_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=3
# Under JAX most of the time is XLA's: what one test compiled serves the others.
JAX_COMPILATION_CACHE_DIR=$(mktemp -d)
export JAX_COMPILATION_CACHE_DIR JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.1
trap 'rm -rf "$JAX_COMPILATION_CACHE_DIR"' EXIT
pytest="${VENV:-.venv}/bin/python -m pytest -n 2 -p no:warnings --durations=5"
for backend in tensorflow jax torch; do
    echo "== keras_drsi and callbacks on $backend"
    KERAS_BACKEND=$backend $pytest --dist worksteal \
        tests/keras_drsi tests/training/callbacks
done
echo "== training"
KERAS_BACKEND=tensorflow $pytest --dist loadfile \
    --ignore tests/training/callbacks tests/training tests/parity
echo "== notebooks"
KERAS_BACKEND=tensorflow $pytest --nbmake --nbmake-timeout=1800 notebooks
