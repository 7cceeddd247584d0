"""What the C library does with the memory of a process that lives for years."""

import platform
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gstnvr.supervisor import heap

THREADS = 6
LARGE = 1 << 20
MIDDLING = 300 << 10
PROGRAM = f"""
import ctypes, sys, threading
from gstnvr.supervisor import heap
if sys.argv[1] == "settled":
    assert heap.settle()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
all_there = threading.Barrier({THREADS})
def work():
    libc.malloc(1000)
    all_there.wait()
threads = [threading.Thread(target=work) for _ in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.free(ctypes.c_void_p(libc.malloc({LARGE})))
kept = libc.malloc({MIDDLING})
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def memory_of(kind: str, folder: Path) -> ElementTree.Element:
    told = folder / f"{kind}.xml"
    subprocess.run([sys.executable, "-c", PROGRAM, kind, str(told)], check=True, timeout=60)
    return ElementTree.parse(told).getroot()


def arenas(memory: ElementTree.Element) -> int:
    return len(memory.findall("heap"))


def mapped_bytes(memory: ElementTree.Element) -> int:
    total = memory.find("total[@type='mmap']")
    assert total is not None
    return int(total.attrib["size"])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have no arenas")
def test_threads_share_few_arenas_and_large_pieces_are_given_back(tmp_path: Path) -> None:
    settled, as_usual = memory_of("settled", tmp_path), memory_of("usual", tmp_path)
    assert arenas(settled) <= heap.FEW_ARENAS < arenas(as_usual)
    assert mapped_bytes(settled) >= mapped_bytes(as_usual) + MIDDLING


def test_recorders_are_told_the_same_from_their_first_moment_on() -> None:
    assert heap.environment() == {"MALLOC_ARENA_MAX": str(heap.FEW_ARENAS)}
