"""Subprocess that exports under TensorFlow, started by `export`.

    python -m keras_drsi.export.export_worker NETWORK OUT OPTIONS

OPTIONS is a JSON object of `ExportOptions`. Prints the largest difference.
"""

import json
import sys

from keras_drsi.distribution.backend_process import run_worker
from keras_drsi.export.export_model import export
from keras_drsi.export.export_options import ExportOptions


def main():
    network, out, options = sys.argv[1:]
    print(export(network, out, ExportOptions(**json.loads(options))))


if __name__ == "__main__":
    run_worker(main)
