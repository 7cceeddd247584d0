"""No secret survives, and what is no secret stays readable."""

import json
import time
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.logs.redaction import MASK, forget_secrets, redact, register_secret

SECRET = "S3cr3t-w0rd"


@pytest.fixture(autouse=True)
def _empty_registry() -> Iterator[None]:
    forget_secrets()
    yield
    forget_secrets()


@pytest.mark.parametrize(
    "text",
    [
        f"rtsp://admin:{SECRET}@192.0.2.10/stream1",
        f"rtsp://admin:x@{SECRET}@192.0.2.10/stream1",
        f"rtsp://admin:x/{SECRET}@192.0.2.10:554/stream1",
        f"postgresql+psycopg://nvr:{SECRET}@db/nvr",
        f"password={SECRET}",
        f"user=admin&password={SECRET}&channel=1",
        f"rtsp://h/user=admin_password={SECRET}_channel=1.sdp",
        f"{{'password': '{SECRET}'}}",
        f'{{"password": "{SECRET}"}}',
        f'{{"password": "a\\"{SECRET}"}}',
        f"StreamSpec(password='{SECRET}', record=True)",
        f"Authorization: Basic {SECRET}",
        f'Authorization: Digest username="admin", response="{SECRET}"',
        f"authorization: Bearer {SECRET}",
        f"('Authorization', 'x') Authorization='{SECRET}'",
        "header Basic YWRtaW46UzNjcjN0LXcwcmQ= was sent",
        f"GET /segments?token={SECRET}&x=1",
        f"GET /segments?access_token={SECRET}",
        f"api_key={SECRET}",
        f"PASSWD: {SECRET}",
    ],
)
def test_usual_places_of_secrets_are_masked(text: str) -> None:
    assert SECRET not in redact(text)
    assert "UzNjcjN0" not in redact(text)
    assert MASK in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "front_door/main: connected to rtsp://192.0.2.10:554/stream1",
        "rtsp://192.0.2.10/stream@2 is not found",
        "rtsp://[2001:db8::1]:554/live/a@b is not found",
        "gstnvr.yaml:9: cameras[0].main.password_env: the environment variable FRONT_DOOR is not set",
        "basic authentication failed",
        'the camera wants Basic realm="IP Camera 2" from us',
        "sent 100 % of 3 tokens",
        "the password was refused",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_host_and_path_stay_readable() -> None:
    assert redact("rtsp://admin:geheim@192.0.2.10/stream1") == "rtsp://***@192.0.2.10/stream1"


def test_overlapping_secrets_are_masked_whole() -> None:
    register_secret("abcd")
    register_secret("cdefgh")
    assert redact("x abcdefgh y") == "x *** y"


secrets = st.text(min_size=1, max_size=20).filter(lambda text: "*" not in text)
surroundings = st.text(max_size=30)


@given(secret=secrets, before=surroundings, after=surroundings)
def test_registered_secret_never_survives(secret: str, before: str, after: str) -> None:
    forget_secrets()
    register_secret(secret)
    assert secret not in redact(before + secret + after)
    assert secret not in redact(f"{before}{secret}{secret}{after}")


@given(
    secret=secrets.filter(lambda text: not any(c in text for c in "%+")), before=surroundings, after=surroundings
)
def test_registered_secret_never_survives_in_another_form(secret: str, before: str, after: str) -> None:
    forget_secrets()
    register_secret(secret)
    everything = "".join(f"%{byte:02x}" for byte in secret.encode())
    for form in (quote(secret), quote(secret, safe=""), quote_plus(secret), everything, everything.upper()):
        assert form not in redact(f"{before} {form} {after}")
    for form in (repr(secret)[1:-1], json.dumps(secret)[1:-1], ascii(secret)[1:-1]):
        assert form not in redact(f"{before} {form} {after}")


@given(text=st.text())
def test_any_text_can_be_redacted_twice(text: str) -> None:
    forget_secrets()
    register_secret("geheim")
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "a://" * 25_000,
        "rtsp://" + "x" * 100_000,
        "a-" * 50_000,
        "password=" * 10_000,
        "%41" * 30_000,
    ],
)
def test_long_text_takes_no_long_time(text: str) -> None:
    register_secret("geheim")
    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 1
