"""Some of the cameras that mean harm; the tests of hostile input know them all."""

from gstnvr.lab.catalogue.callings import CLOSED, network
from gstnvr.lab.catalogue.limits import RETRIED_S, retrying
from gstnvr.lab.entries import Calling, Expected, FaultEntry, Group, Loss
from gstnvr.lab.hostile import CASES
from gstnvr.lab.injections.hostile import ReplaceByHostile
from gstnvr.model.faults import Fault, Reason

_FAULTS = {
    Reason.UNAUTHORIZED: Fault.AUTHENTICATION,
    Reason.STREAM_FORMAT: Fault.DECODER,
    Reason.UNSUPPORTED_CODEC: Fault.DECODER,
    Reason.FLOODED: Fault.DECODER,
}


def _hostile(case: str, *, loss: Loss = Loss.OUTAGE, also: frozenset[Calling] = frozenset()) -> FaultEntry:
    """From the start, for 14 s; then the camera that should be there comes.

    Args:
        also: what else it may be called, for it sends pictures that are recorded; when it goes is soon enough.
    """
    known = CASES[case]
    called = also | {(_FAULTS.get(reason, Fault.RTSP_NETWORK), reason) for reason in known.called}
    return FaultEntry(
        name=f"hostile-{case.replace('_', '-')}",
        group=Group.PROTOCOL,
        how=f"hostile camera {known.how}, from the start, for 14 s",
        injection=ReplaceByHostile(case),
        expected=Expected(called, noticed_s=15.0 if also else 13.0, back_s=RETRIED_S, loss=loss),
        lasts_s=14.0,
        from_start=True,
        setting=retrying(),
    )


ENTRIES = (
    *(
        _hostile(case)
        for case in (
            "length_huge",
            "slow_loris",
            "headers_endless",
            "sdp_10_mb",
            "sdp_empty",
            "sdp_noise",
            "gzip_bomb",
            "never_a_key_frame",
        )
    ),
    # These send pictures of their own, which are recorded; that they go in the end is noticed, too.
    *(
        _hostile(case, loss=Loss.CAMERAS_OWN, also=CLOSED | network(Reason.SLOW_LINK))
        for case in ("fu_without_any_end", "giant_pictures", "sps_absurd", "frame_too_long", "noise")
    ),
)
