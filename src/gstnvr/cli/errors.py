"""How a command gives up."""

from gstnvr.cli.exit_codes import ExitCode


class CommandError(Exception):
    """Ends the command with one line on standard error and an exit code that tells what kind of trouble it was."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code
