"""The configuration file as the API shows and changes it: without secrets, as a whole, comments kept."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from gstnvr.api.operation.ports import ChangedMeanwhileError, ChangedSettings, SettingsView
from gstnvr.config.difference import changes
from gstnvr.config.document import key_text, parse
from gstnvr.config.edit import change_values
from gstnvr.config.load import Configuration, load, read
from gstnvr.config.patch import differences, merged
from gstnvr.config.plain_passwords import with_sealed_passwords
from gstnvr.config.sealing import Sealer
from gstnvr.logs.redaction import MASK, redact

_IN_FORCE_TIMEOUT_S = 20.0
_LOOK_INTERVAL_S = 0.05
_SECRET_KEY = re.compile(r"(^|_)(password|passwd|passphrase|secret|token|pin|sealed)$", re.IGNORECASE)


class SettingsFile:
    """One change at a time."""

    def __init__(self, configuration: Callable[[], Configuration], reload: Callable[[], None]) -> None:
        """Nothing is read yet.

        Args:
            configuration: the one in force.
            reload: has the file read again.
        """
        self._configuration = configuration
        self._reload = reload
        self._turn = asyncio.Lock()

    async def read(self) -> SettingsView:
        """What the file says now.

        Raises:
            ConfigurationError: it cannot be read, or is no YAML.
        """
        return await asyncio.to_thread(self._read)

    async def change(self, patch: Mapping[str, Any], digest: str | None) -> ChangedSettings:
        """Merge a patch into the file, and wait until it is in force.

        Raises:
            ConfigurationError: what the file would become is wrong; it was left as it was.
            ChangedMeanwhileError: it is another file by now.
            SecretKeyError: a password cannot be sealed; the file was left as it was.
            OSError: it cannot be written; it was left as it was.
        """
        async with self._turn:
            written = await asyncio.to_thread(self._write, patch, digest)
            if written.keys:
                self._reload()
            in_force = await self._in_force(written.configuration.digest)
        return ChangedSettings(await self.read(), in_force, written.restart, written.keys)

    def _read(self) -> SettingsView:
        current = self._configuration()
        text = read(current.path)
        return SettingsView(
            path=current.path,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            in_file=_shown(to_jsonable_python(parse(text, current.path).plain)),
            in_force=_shown(current.settings.model_dump(mode="json")),
        )

    def _write(self, patch: Mapping[str, Any], digest: str | None) -> "_Written":
        path, before = self._configuration().path, self._configuration().settings
        text = read(path)
        if digest is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
            raise ChangedMeanwhileError(f"{path} was changed meanwhile; read the settings again")
        plain = parse(text, path).plain
        wanted = _restored(merged({"cameras": [], **plain}, patch), plain)
        if "cameras" not in plain and "cameras" not in patch:
            del wanted["cameras"]
        wanted = with_sealed_passwords(wanted, plain, Sealer(before.key_file), path)
        places = dict(differences(plain, wanted))
        configuration = change_values(path, places) if places else load(path)
        restart = changes(before, configuration.settings).restart
        return _Written(configuration, restart, [key_text(place) for place in places])

    async def _in_force(self, digest: str) -> bool:
        try:
            async with asyncio.timeout(_IN_FORCE_TIMEOUT_S):
                while self._configuration().digest != digest:  # noqa: ASYNC110 - whoever reads the file gives no sign
                    await asyncio.sleep(_LOOK_INTERVAL_S)
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Written:
    configuration: Configuration
    restart: Sequence[str]
    keys: Sequence[str]


def _shown(tree: Any, key: str = "") -> Any:
    """The same without secrets."""
    if isinstance(tree, Mapping):
        return {name: _shown(value, name) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_shown(value, key) for value in tree]
    if isinstance(tree, str):
        return MASK if tree and _SECRET_KEY.search(key) else redact(tree)
    return tree


def _restored(wanted: Any, before: Any, key: str = "") -> Any:
    """What came back as it was shown, without its secret, gets it back."""
    if isinstance(wanted, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return {name: _restored(value, old.get(name), name) for name, value in wanted.items()}
    if isinstance(wanted, list):
        return [_restored(value, _counterpart(value, index, before), key) for index, value in enumerate(wanted)]
    if isinstance(wanted, str) and isinstance(before, str) and wanted == _shown(before, key):
        return before
    return wanted


def _counterpart(value: Any, index: int, before: Any) -> Any:
    """The entry of the former list that an entry stands for: of the same name, or else at the same place."""
    if not isinstance(before, list):
        return None
    if isinstance(value, Mapping):
        for name in ("id", "path", "name"):
            if name in value:
                named = (one for one in before if isinstance(one, Mapping) and one.get(name) == value[name])
                return next(named, None)
    return before[index] if index < len(before) else None
