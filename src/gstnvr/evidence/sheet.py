"""The sheet that people read: one HTML file with everything in it, and no script."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from gstnvr.evidence.manifest import CameraEntry, Manifest, Missing, Protected, Video
from gstnvr.evidence.pictures import Picture

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1b1b1b }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #ccc }
h3 { font-size: 1rem; margin-bottom: .3rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .8rem .25rem 0 }
th { font-weight: 600; color: #555; border-bottom: 1px solid #ddd; vertical-align: bottom }
td { vertical-align: top }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dt { color: #555 } dd { margin: 0 }
figure { display: inline-block; margin: .4rem .6rem .4rem 0 } figure img { width: 15rem; display: block }
figcaption { font-size: .85rem; color: #555 } code { font-size: .85rem; overflow-wrap: anywhere }
.fault { color: #a00 } .note { color: #555 }
@media print { body { margin: 0; max-width: none } h2 { break-after: avoid } figure { break-inside: avoid } }
"""
_NO_PICTURES = '<p class="note">There are no pictures here: none were wanted, or no decoder was at hand.</p>'
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def sheet(manifest: Manifest, pictures: Sequence[Picture]) -> bytes:
    """The page; every text in it is escaped."""
    zone = ZoneInfo(manifest.zone)
    title = "Time-lapse" if manifest.timelapse is not None else "Exported recordings"
    names = ", ".join(_name(camera) for camera in manifest.cameras)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}: {escape(names)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}: {escape(names)}</h1>",
        _facts(manifest, zone),
        ""
        if pictures
        else '<p class="note">There are no pictures here: none were wanted, or no decoder was at hand.</p>',
        *(_camera(camera, pictures, zone) for camera in manifest.cameras),
        _about(manifest),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part).encode() + b"\n"


def _name(camera: CameraEntry) -> str:
    name = camera.name or camera.camera
    return name if camera.stream == "main" else f"{name} ({camera.stream})"


def _facts(manifest: Manifest, zone: ZoneInfo) -> str:
    facts = [
        ("From", _time(manifest.start, zone)),
        ("To", _time(manifest.end, zone)),
        ("Times in", f"{manifest.zone}, by the clock of the recorder"),
        ("Exported by", manifest.user),
        ("Reason", manifest.reason or "none was given"),
        ("Made", f"{_time(manifest.made, zone)} with {manifest.software}"),
        ("Number", manifest.uid),
    ]
    if manifest.timelapse is not None:
        pace = f"one picture for every {manifest.timelapse.every_s:g} s, {manifest.timelapse.fps} shown a second"
        facts.append(("Time-lapse", pace))
    return _list(facts)


def _list(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f"<dl>{rows}</dl>"


def _camera(camera: CameraEntry, pictures: Sequence[Picture], zone: ZoneInfo) -> str:
    parts = [f"<h2>{escape(_name(camera))}</h2>"]
    parts += [_video(video, [one for one in pictures if one.file == video.file], zone) for video in camera.videos]
    parts.append("<h3>Missing</h3>")
    parts.append(_missing(camera.missing, zone))
    if camera.protections:
        parts.append("<h3>Protected</h3>")
        parts.append(_protections(camera.protections, zone))
    unusable = [source for source in camera.sources if source.problem is not None]
    for source in unusable:
        parts.append(f'<p class="fault">Segment {escape(source.path)}: {escape(source.problem or "")}</p>')
    return "\n".join(parts)


def _video(video: Video, pictures: Sequence[Picture], zone: ZoneInfo) -> str:
    sound = f", sound {video.audio}" if video.audio else ""
    form = f"{video.width}x{video.height} {video.video}{sound}"
    late = (
        '<p class="note">It begins at the first picture that can be decoded; what is in front of that needs '
        "pictures that were not recorded.</p>"
        if video.starts_late
        else ""
    )
    head = (
        f'<h3><a href="{escape(video.file)}">{escape(video.file)}</a></h3>'
        f"<p>{escape(_time(video.start, zone))} to {escape(_time(video.end, zone))}, {video.seconds:.3f} s, "
        f"{escape(form)}</p>"
    )
    return head + late + "".join(_picture(video, picture, zone) for picture in pictures)


def _picture(video: Video, picture: Picture, zone: ZoneInfo) -> str:
    taken = _taken(video, picture.at_s, zone)
    image = f'<img alt="" src="data:image/jpeg;base64,{b64encode(picture.jpeg).decode()}">'
    return f"<figure>{image}<figcaption>{escape(taken)}</figcaption></figure>"


def _taken(video: Video, at_s: float, zone: ZoneInfo) -> str:
    """When a picture was taken, by the last origin in front of it."""
    origin = max((one for one in video.origins if one.at_s <= at_s + 1e-6), key=lambda one: one.at_s)
    return _moment(_nanoseconds(origin.time) + round((at_s - origin.at_s) * 1e9), zone)


def _missing(missing: Sequence[Missing], zone: ZoneInfo) -> str:
    if not missing:
        return "<p>Nothing.</p>"
    rows = (
        (
            _time(one.start, zone),
            _time(one.end, zone),
            f"{one.seconds:.3f} s",
            f"{one.cause} (planned)" if one.planned else one.cause,
            one.detail,
        )
        for one in missing
    )
    return _table(("From", "To", "Length", "Cause", ""), rows)


def _protections(protections: Sequence[Protected], zone: ZoneInfo) -> str:
    rows = (
        (
            _time(one.start, zone),
            _time(one.end, zone),
            one.reason,
            one.user,
            "in force" if one.released is None else f"released {_time(one.released, zone)} by {one.released_by}",
        )
        for one in protections
    )
    return _table(("From", "To", "Reason", "By", ""), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{body}</table>"


def _about(manifest: Manifest) -> str:
    return (
        "<h2>About these files</h2>"
        "<p>The video was copied as it was recorded; nothing was encoded anew. manifest.json lists every file "
        "with its SHA-256 and the segments that it was made from; manifest.sig is its Ed25519 signature. "
        "<code>gstnvr verify FOLDER --fingerprint FINGERPRINT</code> tells whether anything was changed since; "
        "get the fingerprint from whoever made the export, by another way than this folder.</p>"
        f"<p>Key: <code>{escape(manifest.fingerprint)}</code></p>"
    )


def _nanoseconds(text: str) -> int:
    """A moment as the manifest writes it."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
    return whole * 1_000_000_000 + int(fraction)


def _time(text: str, zone: ZoneInfo) -> str:
    return _moment(_nanoseconds(text), zone)


def _moment(at: int, zone: ZoneInfo) -> str:
    """To the millisecond, with the difference to UTC, which an hour that comes twice needs."""
    local = datetime.fromtimestamp(at // 1_000_000_000, zone)
    return f"{local:%Y-%m-%d %H:%M:%S}.{at % 1_000_000_000 // 1_000_000:03d} {local:%z}"
