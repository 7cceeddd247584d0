"""Descriptions of cameras are read as they come; addresses are read strictly."""

import pytest

from gstnvr.rtsp.sdp import parse_sdp
from gstnvr.rtsp.url import RtspUrl, UrlError

SDP = b"""v=0\r
o=- 0 0 IN IP4 127.0.0.1\r
a=control:*\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 h264/90000\r
a=fmtp:96 packetization-mode=1; profile-level-id=640028;sprop-parameter-sets=Z2QAKA==,aO4=\r
a=control:track1\r
m=audio 0 RTP/AVP 8\r
m=audio 0 RTP/AVP 97\r
a=rtpmap:97 MPEG4-GENERIC/48000/2\r
m=nonsense\r
m=application 0 RTP/AVP 107\r
"""


def test_media_formats_and_controls_are_read() -> None:
    session = parse_sdp(SDP)
    video, g711, aac, application = session.media
    assert session.control == "*"
    assert (video.formats[0].encoding, video.formats[0].clock_rate, video.control) == ("H264", 90000, "track1")
    assert video.formats[0].parameters["sprop-parameter-sets"] == "Z2QAKA==,aO4="
    assert (g711.formats[0].encoding, g711.formats[0].clock_rate) == ("PCMA", 8000)
    assert (aac.formats[0].encoding, aac.formats[0].channels) == ("MPEG4-GENERIC", 2)
    assert application.formats[0].encoding == ""


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"m=", b"<html>"])
def test_nonsense_offers_nothing(body: bytes) -> None:
    assert parse_sdp(body).media == ()


def test_parts_of_an_address() -> None:
    assert RtspUrl.parse("rtsp://camera/a/b?c=1") == RtspUrl("camera", 554, "/a/b?c=1")
    assert str(RtspUrl.parse("rtsp://[::1]:8554/x")) == "rtsp://[::1]:8554/x"
    url = RtspUrl.parse("rtsp://us%40er:p%2Fw@h/x", allow_credentials=True)
    assert (url.username, url.password, str(url)) == ("us@er", "p/w", "rtsp://h/x")
    assert "p/w" not in repr(url)


@pytest.mark.parametrize(
    "text",
    ["http://h/x", "rtsp://", "rtsp://h:0/", "rtsp://h:99999/", "rtsp://h/a b", "h/x", "rtsp://u:secret@h/"],
)
def test_what_is_no_address_is_refused_without_telling_secrets(text: str) -> None:
    with pytest.raises(UrlError) as caught:
        RtspUrl.parse(text)
    assert "secret" not in str(caught.value)
