"""`python -m benchmarks PART` times parts of the product."""

from benchmarks.cli import main
from training.command_line import run

if __name__ == "__main__":
    run(main)
