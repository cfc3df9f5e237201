"""`python -m training` is `drsi`."""

from training.cli import console

if __name__ == "__main__":
    console()
