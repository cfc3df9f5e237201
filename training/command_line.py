"""How every command ends when its input is at fault: one line, exit code 2."""

import sys

from keras_drsi.distribution.backend_process import PREFIX
from keras_drsi.errors import InputError


def run(main):
    """Runs a command's `main`, turning `InputError` into one line on stderr.

    Args:
        main: function without required arguments, returning None or an exit
            code.
    """
    try:
        sys.exit(main())
    except InputError as error:
        print(f"{PREFIX}{error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        sys.exit(130)
