"""Settings of the places that take copies of segments."""

import re
from datetime import time
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gstnvr.config.basics import AbsolutePath, Integer, Number, Section
from gstnvr.model.copies import Copied, PlaceKind
from gstnvr.model.ids import CAMERA_ID_PATTERN

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def parse_window(text: str) -> tuple[time, time]:
    """Beginning and end of a daily window such as ``22:00-06:00``.

    Raises:
        ValueError: it is none, or is empty.
    """
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise ValueError("must be two times of the day such as 22:00-06:00")
    first, last = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    if first == last:
        raise ValueError("begins when it ends; leave it out for the whole day")
    return first, last


def _window(text: str) -> str:
    parse_window(text)
    return text


def _prefix(prefix: str) -> str:
    parts = prefix.strip("/").split("/")
    if any(part in (".", "..") or not part.isprintable() for part in parts):
        raise ValueError("must be a folder such as cameras/house, without . and ..")
    return prefix.strip("/")


_NEEDS = {
    PlaceKind.S3: ("bucket", "username"),
    PlaceKind.GCS: ("bucket",),
    PlaceKind.AZURE: ("bucket", "username"),
    PlaceKind.SFTP: ("endpoint", "username"),
}
_ONLY_FOR = {
    "region": (PlaceKind.S3,),
    "key_file": (PlaceKind.GCS, PlaceKind.SFTP),
    "known_hosts_file": (PlaceKind.SFTP,),
    "bucket": (PlaceKind.S3, PlaceKind.GCS, PlaceKind.AZURE),
    "username": (PlaceKind.S3, PlaceKind.AZURE, PlaceKind.SFTP),
}


class CopyPlaceSettings(Section):
    """A place outside that is given copies of segments."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = Field(
        description="What it is called; copies are remembered under it. Lower case letters, digits, - and _ only."
    )
    kind: PlaceKind = Field(description="s3 (and whatever speaks its language), gcs, azure or sftp.")
    endpoint: str | None = Field(
        None,
        description="Where it answers, if not at the vendor's: an http:// or https:// URL; for sftp host:port.",
    )
    bucket: str | None = Field(None, min_length=1, description="Bucket, for azure the container. It must exist.")
    prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "",
        description="Folder there, below which copies go; for sftp within the folder that the user lands in.",
    )
    region: str | None = Field(None, description="Region of the bucket, for s3.")
    username: str | None = Field(None, description="Access key id (s3), storage account (azure) or user (sftp).")
    password_env: str | None = Field(
        None, min_length=1, description="Environment variable that holds secret key, account key or password."
    )
    password_file: AbsolutePath | None = Field(None, description="File that holds it, readable by its owner only.")
    key_file: AbsolutePath | None = Field(
        None, description="JSON key of a service account (gcs), or private key (sftp); readable by its owner only."
    )
    known_hosts_file: AbsolutePath | None = Field(
        None, description="Whose keys the server may show, as in OpenSSH; without it the user's own known_hosts."
    )
    cameras: list[Annotated[str, StringConstraints(pattern=f"^{CAMERA_ID_PATTERN}$")]] | None = Field(
        None, min_length=1, description="Ids of the cameras that are copied; all unless given."
    )
    what: Copied = Field(Copied.ALL, description="all, or only what is protected.")
    window: Annotated[str, AfterValidator(_window)] | None = Field(
        None, description="When copies are made, in the machine's time, such as 22:00-06:00; always unless given."
    )
    rate_limit_mbps: Number | None = Field(
        None, ge=0.1, le=100_000, description="Mbit/s that copying takes on average; no limit unless given."
    )
    encrypt_key_file: AbsolutePath | None = Field(
        None,
        description="File that holds a key of 64 hexadecimal digits, with which copies are encrypted before they"
        " leave. Keep it somewhere else, too: nobody can read the copies without it.",
    )
    days: Number | None = Field(
        None, ge=0.01, le=36_500, description="Copies of what is older are deleted there; kept unless given."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        for name in _NEEDS[self.kind]:
            if not getattr(self, name):
                raise ValueError(f"has no {name}, which {self.kind} needs")
        for name, kinds in _ONLY_FOR.items():
            if getattr(self, name) is not None and self.kind not in kinds:
                raise ValueError(f"has a {name}, which is not for {self.kind}")
        if self.kind is PlaceKind.GCS and (self.password_env or self.password_file):
            raise ValueError("has a password; gcs takes the JSON key of a service account as key_file")
        return self

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        given = [name for name in ("password_env", "password_file") if getattr(self, name)]
        if self.kind is PlaceKind.SFTP and self.key_file is not None:
            given.append("key_file")
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one of them")
        if not given and self.kind is not PlaceKind.GCS:
            raise ValueError("has no password_env and no password_file")
        return self

    @model_validator(mode="after")
    def _endpoint_is_an_address(self) -> Self:
        if self.endpoint is None:
            return self
        like = "host or host:port" if self.kind is PlaceKind.SFTP else "https://host[:port]"
        url = self.endpoint if self.kind is not PlaceKind.SFTP else f"sftp://{self.endpoint}"
        wanted = ("sftp",) if self.kind is PlaceKind.SFTP else ("http", "https")
        # The message does not quote it: it may hold a password in a place where none is expected.
        try:
            parts = urlsplit(url)
            port_is_readable = parts.port != 0
        except ValueError:
            raise ValueError(f"endpoint cannot be read; it must look like {like}") from None
        if parts.scheme not in wanted or not parts.hostname or "@" in url or not port_is_readable:
            raise ValueError(f"endpoint must look like {like}, without user or password")
        return self


class CopiesSettings(Section):
    """Copies of segments at other places."""

    places: list[CopyPlaceSettings] = Field([], description="Where copies go.")
    cache_mb: Integer = Field(
        2000,
        ge=10,
        le=10_000_000,
        description="Room in data_dir for what was brought back from there to be watched.",
    )

    @model_validator(mode="after")
    def _names_unique(self) -> Self:
        names = [place.name for place in self.places]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two places are called {twice[0]!r}; every place needs a name of its own")
        return self
