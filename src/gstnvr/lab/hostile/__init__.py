"""Cameras that mean harm: every way that we could think of, as cases."""

from gstnvr.lab.hostile import descriptions, logins, packets, payloads, setups
from gstnvr.lab.hostile.cases import CASES, HostileCase

__all__ = ["CASES", "HostileCase", "descriptions", "logins", "packets", "payloads", "setups"]
