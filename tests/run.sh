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
# Rooms of the library that are the same on every backend, or run TensorFlow.
once="tests/keras_drsi/data tests/keras_drsi/evaluation"
once="$once tests/keras_drsi/export tests/keras_drsi/files"
once="$once tests/keras_drsi/formats"
for backend in tensorflow jax torch; do
    echo "== keras_drsi on $backend"
    # shellcheck disable=SC2046,SC2086  # options and paths, each a word
    KERAS_BACKEND=$backend $pytest --dist worksteal \
        $(printf -- '--ignore %s ' $once) tests/keras_drsi
done
echo "== the rest of keras_drsi, training and benchmarks"
# shellcheck disable=SC2086
KERAS_BACKEND=tensorflow $pytest --dist loadfile $once \
    tests/training tests/benchmarks tests/parity tests/test_house.py \
    tests/test_documentation.py tests/test_public_api.py
echo "== notebooks"
KERAS_BACKEND=tensorflow $pytest --nbmake --nbmake-timeout=1800 notebooks
