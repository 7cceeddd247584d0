"""Why gstnvr does not start."""


class StartupError(Exception):
    """Something that gstnvr needs is missing or taken; the text is one line and says what to do."""
