"""Simulated cameras: an RTSP server that plays clips over and over and misbehaves on command."""
