"""Whether a camera is to be recorded, by what, and until when, in few words."""

from datetime import datetime, timedelta

from gstnvr.client.models import Intent
from gstnvr.model.recording import RecordMode


def intent_text(intent: Intent, now: datetime) -> str:
    """``continuous``, ``schedule until 18:00``, ``by hand until Mon 08:00``.

    Args:
        intent: as the API tells it.
        now: in the zone of the reader.
    """
    what = str(intent.mode) if intent.order is None else "by hand"
    return what if intent.until is None else f"{what} until {_moment(intent.until.astimezone(now.tzinfo), now)}"


def is_plain(intent: Intent) -> bool:
    """Recorded always, as nearly every camera is."""
    return intent.mode is RecordMode.CONTINUOUS and intent.order is None


def order_text(intent: Intent, now: datetime) -> str | None:
    """Who had it started or stopped, and when; None: nobody."""
    if intent.order is None:
        return None
    what = "started" if intent.record else "stopped"
    end = "until it is taken back" if intent.until is None else f"until {_moment(intent.until.astimezone(), now)}"
    return f"{what} by {intent.order.by} at {_moment(intent.order.since.astimezone(now.tzinfo), now)}, {end}"


def _moment(moment: datetime, now: datetime) -> str:
    """The clock, with the day of the week or the date if it is not today's."""
    days = moment.date() - now.date()
    if not days:
        return f"{moment:%H:%M}"
    if abs(days) < timedelta(days=7):
        return f"{moment:%a %H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}"
