"""What the exit code of a command means."""

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    PROBLEMS = 1
    """The command did its work and found something wrong."""
    USAGE = 2
    CONFIGURATION = 3
    NOT_RUNNING = 4
    """gstnvr is not running or does not answer."""
    ENVIRONMENT = 5
    """Something that gstnvr needs is missing on this machine, or in use by somebody else."""
    INTERNAL = 70
    """A mistake of ours."""
    INTERRUPTED = 130
