"""Why somebody is not let in, or a change to users is not made."""


class AccessError(Exception):
    """The text is one line for a person and gives nothing away."""


class WrongCredentialsError(AccessError):
    """Name, password or code is wrong; which of them is not said."""


class WrongPasswordError(AccessError):
    """Whoever is logged in does not know his password."""


class WrongCodeError(AccessError):
    """Not the code of the app that is being enrolled."""


class CodeNeededError(AccessError):
    """The password is right, and a one-time code is needed as well."""


class LockedOutError(AccessError):
    """Too many attempts failed."""

    def __init__(self, retry_after_s: int, *, first: bool) -> None:
        super().__init__(f"too many attempts failed; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s
        self.first = first
        """Nobody was told yet since it is locked."""


class WeakPasswordError(AccessError):
    """The password is too short or too easy to guess."""


class BadNameError(AccessError):
    """It cannot be the name of a user."""


class UnknownUserError(AccessError):
    """There is no such user."""


class UnknownSessionError(AccessError):
    """There is no such session."""


class NoOneTimeCodesError(AccessError):
    """The user logs in without an authenticator app."""


class UnknownTokenError(AccessError):
    """There is no such token."""


class TooManyTokensError(AccessError):
    """A user has as many tokens as anybody may have."""


class NameTakenError(AccessError):
    """Another user has this name."""


class LastAdministratorError(AccessError):
    """Nobody could administer gstnvr any more."""


class SetUpError(AccessError):
    """It is set up already, or the secret of the link is wrong."""
