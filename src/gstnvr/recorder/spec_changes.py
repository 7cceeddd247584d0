"""What a changed task means for a stream that runs."""

from gstnvr.ipc.messages import StreamSpec


def same_connection(one: StreamSpec, other: StreamSpec) -> bool:
    """Whether both are the same camera, asked for the same."""
    return _connection(one) == _connection(other)


def same_pipeline(one: StreamSpec, other: StreamSpec) -> bool:
    """Whether the session settings are the same that only a new pipeline takes."""
    return _pipeline(one) == _pipeline(other)


def _connection(spec: StreamSpec) -> tuple[object, ...]:
    camera = (spec.url, spec.http_url, spec.username, spec.password, spec.trust)
    return (*camera, spec.transport, spec.audio, spec.g711)


def _pipeline(spec: StreamSpec) -> tuple[object, ...]:
    session = spec.session
    return (session.latency_ms, session.tcp_timeout_ms, session.keepalive_timeout_s)
