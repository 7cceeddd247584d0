"""Limits that several groups share."""

LATE_S = 65.0
"""Until a camera that was away for long is recorded again: the longest step of the back-off, 60 s, may just have
begun. It is reached soon if the jitter draws short ones."""
