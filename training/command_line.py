"""How every command ends on invalid input: one line, exit code 2."""

import sys

from keras_drsi.distribution.backend_process import PREFIX
from keras_drsi.errors import InputError
from keras_drsi.extras import install_hint


def run(main):
    """Runs a command's `main`, turning `InputError` into one line on stderr.

    Args:
        main: function without required arguments, returning None or an exit
            code.
    """
    try:
        sys.exit(main())
    except InputError as error:
        _fail(error)
    except ModuleNotFoundError as error:
        hint = install_hint(error.name)
        if not hint:
            raise
        _fail(f"this command needs the package {error.name}{hint}.")
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        sys.exit(130)


def _fail(message):
    print(f"{PREFIX}{message}", file=sys.stderr)
    sys.exit(2)
