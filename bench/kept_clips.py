"""Videos that take long to make: made once, and kept below the temporary directory."""

import os
import subprocess
import tempfile
from pathlib import Path

from bench.errors import BenchError


def folder_of_clips() -> Path:
    """Where they are kept, by user."""
    folder = Path(tempfile.gettempdir()) / f"gstnvr-bench-clips-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def run_program(*command: str) -> None:
    """Have a program make something.

    Raises:
        BenchError: it is not there, or fails.
    """
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise BenchError(f"{command[0]} is not installed; scripts/setup --dev installs it") from None
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{command[0]} failed (exit code {error.returncode})") from error


def ffmpeg(*arguments: str) -> None:
    """Without questions, and with nothing but errors shown.

    Raises:
        BenchError: it is not there, or fails.
    """
    run_program("ffmpeg", "-nostdin", "-y", "-loglevel", "error", *arguments)


def encoding(kbps: int, group_frames: int, x264: str) -> list[str]:
    """Options of H.264 at a steady rate with key frames at steady distances, for ffmpeg.

    Args:
        x264: more parameters of the encoder.
    """
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", f"{group_frames}"]
    encoder += ["-sc_threshold", "0", "-x264-params", x264]
    return [*encoder, "-b:v", f"{kbps}k", "-maxrate", f"{kbps}k", "-bufsize", f"{kbps // 2}k"]
