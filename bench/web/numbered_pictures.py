"""Pictures that bear their number as upright bars at the top, for programs to read."""

BITS = 12
"""Of the number, lowest first; white is 1."""


def numbered_pictures(size: tuple[int, int], bar_height: int, frames_per_s: int, seconds: int) -> list[str]:
    """Options for ffmpeg that make them.

    Args:
        size: width and height, of which the bars take ``bar_height``.
    """
    width, height = size
    timing = f"r={frames_per_s}:d={seconds}"
    bars = f"if(bitand(floor(N/pow(2,floor(X*{BITS}/{width}))),1),235,16)"
    strip = f"nullsrc=s={width}x{bar_height}:{timing},format=yuv420p"
    number = f"{strip},geq=lum='{bars}':cb=128:cr=128[number]"
    scene = f"testsrc2=s={width}x{height}:{timing},noise=alls=8:allf=t[scene]"
    return ["-filter_complex", f"{scene};{number};[scene][number]overlay=shortest=1,format=yuv420p"]
