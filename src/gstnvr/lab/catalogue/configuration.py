"""Mistakes and changes of the configuration while gstnvr runs."""

from gstnvr.lab.catalogue.callings import network
from gstnvr.lab.entries import Expected, FaultEntry, Group, Injection, Loss, Need, Reach, Setting
from gstnvr.lab.injections.configuration import (
    ChangeCamera,
    DeleteFile,
    ForbidDataDir,
    RemoveCamera,
    TakePort,
    WriteNonsense,
)
from gstnvr.model.faults import Reason


def _refused(name: str, how: str, injection: Injection, needs: frozenset[Need] = frozenset()) -> FaultEntry:
    """The former configuration stays in force, and nothing is interrupted."""
    return FaultEntry(
        name=name,
        group=Group.CONFIGURATION,
        how=how,
        injection=injection,
        expected=Expected(),
        lasts_s=8.0,
        needs=needs,
        reach=Reach.PROGRAM,
    )


def _planned(name: str, how: str, injection: Injection) -> FaultEntry:
    """Wanted like this: no incident, and the ledger has it as planned."""
    return FaultEntry(
        name=name,
        group=Group.CONFIGURATION,
        how=how,
        injection=injection,
        expected=Expected(back_s=6.0, loss=Loss.OUTAGE),
        lasts_s=8.0,
    )


ENTRIES = (
    _refused("not-yaml", "file replaced by text that is no YAML, for 8 s", WriteNonsense("cameras: [}")),
    _refused("unknown-key", "file with a key that does not exist, for 8 s", WriteNonsense("nonsense: 1\n")),
    _refused("file-deleted", "configuration file deleted for 8 s", DeleteFile()),
    _refused(
        "password-file-missing",
        "one camera's password file is not there, for 8 s",
        ChangeCamera({"main": {"username": "admin", "password_file": "/nowhere/password"}}),
    ),
    _refused("port-taken", "supervisor killed; at its start its port is taken, for 8 s", TakePort()),
    _refused(
        "data-dir-forbidden",
        "supervisor killed; at its start data_dir may not be written, for 8 s",
        ForbidDataDir(),
        frozenset({Need.ROOT}),
    ),
    _planned("camera-removed", "camera taken out of the file, and put back after 8 s", RemoveCamera()),
    _planned("camera-disabled", "camera switched off in the file for 8 s", ChangeCamera({"enabled": False})),
    _planned("recording-off", "recording switched off in the file for 8 s", ChangeCamera({"record": False})),
    FaultEntry(
        name="not-encrypted",
        group=Group.CONFIGURATION,
        how="camera's URL changed to rtsps, which it does not speak, for 8 s",
        injection=ChangeCamera({}, scheme="rtsps"),
        expected=Expected(
            network(Reason.NO_TLS, Reason.CONNECTION_LOST), noticed_s=5.0, back_s=6.0, loss=Loss.OUTAGE
        ),
        lasts_s=8.0,
    ),
    FaultEntry(
        name="wrong-certificate",
        group=Group.CONFIGURATION,
        how="rtsps: another certificate asked of the camera than it has, for 8 s",
        injection=ChangeCamera({"main": {"tls_accept_any": False, "tls_fingerprint": "00" * 32}}),
        expected=Expected(network(Reason.CERTIFICATE), noticed_s=5.0, back_s=6.0, loss=Loss.OUTAGE),
        lasts_s=8.0,
        setting=Setting(camera={"main": {"tls_accept_any": True}}, encrypted=True),
    ),
    FaultEntry(
        name="wrong-url",
        group=Group.CONFIGURATION,
        how="camera's URL changed to a path that it does not have, for 8 s",
        injection=ChangeCamera({}, path="nowhere"),
        expected=Expected(network(Reason.NOT_FOUND), noticed_s=5.0, back_s=6.0, loss=Loss.OUTAGE),
        lasts_s=8.0,
    ),
)
