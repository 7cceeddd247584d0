"""What can go wrong between a client and gstnvr."""


class ClientError(Exception):
    """A request failed; the text is one line for a person."""


class NotRunningError(ClientError):
    """Nothing listens at the address."""


class ApiError(ClientError):
    """gstnvr, or whatever listens there, did not do what was asked."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        """The API's error code; ``no_answer`` and ``not_gstnvr`` are the client's own."""
        self.message = message
        self.status = status
        """HTTP status; None without an answer."""
