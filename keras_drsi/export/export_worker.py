"""The export in a process under TensorFlow, for `export` elsewhere.

    python -m keras_drsi.export.export_worker NETWORK OUT OPTIONS

OPTIONS is a JSON object of `ExportOptions`; the difference is printed.
"""

import json
import sys

from keras_drsi.distribution.backend_process import run_worker
from keras_drsi.export.export_model import ExportOptions, export


def main():
    network, out, options = sys.argv[1:]
    print(export(network, out, ExportOptions(**json.loads(options))))


if __name__ == "__main__":
    run_worker(main)
