"""What many waits come to."""

from collections.abc import Sequence


def percentile(values: Sequence[float], percent: int) -> float:
    """The least value that so many of a hundred do not exceed; of at least one value."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]
