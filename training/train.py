"""`python -m training.train` is `drsi train`."""

from training.command_line import run
from training.commands.train import main

if __name__ == "__main__":
    run(main)
