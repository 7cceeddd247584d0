"""What makes a benchmark's figure worthless."""


class BenchError(Exception):
    """Something is missing, or did not record what it was sent; the message is one line."""
