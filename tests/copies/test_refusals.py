"""Places that refuse us, or are not what they should be: called what they are, and tried again."""

from pathlib import Path

import pytest

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.copies.opening import open_place
from gstnvr.copies.places import NotThereError, PlaceError
from gstnvr.db import copies
from gstnvr.model.copies import CopyState
from gstnvr.model.faults import Reason
from tests.copies.archive import Archive
from tests.copies.running import copy_of, copying, is_done, want
from tests.rig.object_stores import PREFIX, Store, s3_store, sftp_store
from tests.rig.waiting import wait_until


def refused(settings: CopyPlaceSettings) -> Reason:
    with pytest.raises(PlaceError) as caught:
        open_place(settings).begin("yard/20261121/a.mp4", 10)
    return caught.value.reason


def test_nobody_listens(store: Store, tmp_path: Path) -> None:
    assert refused(store.settings(9, tmp_path / "secret")) is Reason.UNREACHABLE


def test_what_is_not_there_is_told_from_a_place_that_fails(store: Store, tmp_path: Path) -> None:
    place = open_place(store.settings(store.port, tmp_path / "secret"))
    with pytest.raises(NotThereError):
        place.size("yard/nothing.mp4")
    with pytest.raises(NotThereError):
        place.read("yard/nothing.mp4", 0, 10)
    place.delete("yard/nothing.mp4")
    place.close()


def test_a_bucket_that_is_missing(tmp_path: Path) -> None:
    with s3_store() as store:
        assert refused(store.settings(store.port, tmp_path / "secret", bucket="nowhere")) is Reason.NOT_FOUND


def test_a_server_whose_key_is_another_is_not_talked_to(tmp_path: Path) -> None:
    with sftp_store() as store:
        settings = store.settings(store.port, tmp_path / "secret")
        (tmp_path / "others").write_text("")
        strange = settings.model_copy(update={"known_hosts_file": tmp_path / "others"})
        assert refused(strange) is Reason.CERTIFICATE
        (tmp_path / "secret").write_text("wrong")
        assert refused(settings) is Reason.UNAUTHORIZED


def test_a_private_key_opens_an_sftp_server(archive: Archive, tmp_path: Path) -> None:
    segment = archive.add(1000)
    want(archive)
    with sftp_store() as store:
        key = tmp_path / "id"
        key.write_bytes(store.user_key.export_private_key())
        key.chmod(0o600)
        settings = store.settings(store.port, tmp_path / "secret", password_file=None, key_file=str(key))
        with copying(archive, settings):
            wait_until(lambda: is_done(archive, segment))
        key.chmod(0o644)
        assert refused(settings) is Reason.UNAUTHORIZED


def test_what_changed_on_the_way_is_noticed_and_sent_again(archive: Archive, tmp_path: Path) -> None:
    """An SFTP server has no checksums: what it holds is read back."""
    segment = archive.add(100_000)
    content = archive.file(segment).read_bytes()
    want(archive)
    with sftp_store() as store:
        damaged = store.root / PREFIX / f"{segment.path}.unfinished"

        class Damaging:
            """Changes a byte before the copy gets its name, once."""

            def __init__(self, settings: CopyPlaceSettings) -> None:
                self._place = open_place(settings)

            def __getattr__(self, name: str) -> object:
                if name == "finish" and damaged.exists() and not failures:
                    failures.append(1)
                    damaged.write_bytes(content[:-1] + b"!")
                return getattr(self._place, name)

        failures: list[int] = []
        with copying(archive, store.settings(store.port, tmp_path / "secret"), opener=Damaging):  # type: ignore[arg-type]
            wait_until(lambda: copy_of(archive, segment).state is CopyState.FAILED)
            assert "not what was sent" in (copy_of(archive, segment).error or "")
            assert store.content(segment.path) is None
            with archive.index.writing() as writer:
                copies.copy_failed(writer, copy_of(archive, segment).id, "", archive.row(segment).start)
            wait_until(lambda: is_done(archive, segment))
        assert store.content(segment.path) == content


def test_a_copy_that_was_changed_there_does_not_come_back(archive: Archive, tmp_path: Path) -> None:
    segment = archive.add(100_000)
    want(archive)
    with sftp_store() as store, copying(archive, store.settings(store.port, tmp_path / "secret")):
        wait_until(lambda: is_done(archive, segment))
        there = store.root / PREFIX / segment.path
        there.write_bytes(there.read_bytes()[:-1] + b"!")
        archive.delete(segment)
        with archive.index.writing() as writer:
            _, asked = copies.ask_back_span(writer, segment.stream, segment.start, segment.end)
        assert asked == 1
        wait_until(lambda: copy_of(archive, segment).error is not None)
    assert "checksum" in (copy_of(archive, segment).error or "")
    assert not archive.file(segment).exists()
    assert list(archive.file(segment).parent.iterdir()) == []
