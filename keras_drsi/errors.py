"""The one exception for input that a user can mend."""


class InputError(ValueError):
    """What the caller gave cannot be used.

    The message is one line for a person: the file, entry or argument, what
    was expected and what was found. Commands print it without a traceback.
    """
