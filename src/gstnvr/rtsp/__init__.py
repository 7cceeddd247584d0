"""RTSP: messages, authentication, session descriptions, and a light probe of a camera."""
