"""The one exception for what a user can put right."""


class InputError(ValueError):
    """A file, folder or argument that cannot be used as it is.

    The message is one sentence for the user: it names the file or argument, what was
    received, and what is accepted. The command line and the app show it as it stands,
    without a traceback.
    """
