"""Leaves no free piece of memory behind, so that a call finds the same heap whatever was loaded before it.

Where the free pieces lie depends on all that a process has done: other imports, functions and comments moved the count
of equal code by up to 4 % (regular expressions and strings most), the same for every hash seed. With all of them taken,
what a call allocates comes from fresh memory, or from what it has freed itself. Partner: `region.py`.
"""

import ctypes
import mmap
import sys

_POOL = 16384 if sys.version_info >= (3, 10) else 4096
_LARGEST = 512
"""The largest block of CPython's allocator."""
_ARENA, _NEARLY_ALL = 64, 60
"""Pools of an arena; so many in a row, and it was fresh. Arenas may lie one behind the other."""
_ENOUGH, _ENOUGH_ARENAS = 4 << 20, 64 << 20
"""Bytes: with another allocator (PYTHONMALLOC), none may ever lie there."""
_CACHED, _KEPT = 1032, 7
"""Up to which size glibc keeps freed pieces at hand, and how many of each."""
_BATCH = 1 << 13
"""Bytes taken between two looks at what is left: a look goes through all the holes."""
_END = 16 << 20
"""Bytes at the heap's end: under valgrind it grows in pieces, and where one ends would matter."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_ARENA_BYTES, _TRIES = 1 << 20, 8


class _MallocInfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


def fill():
    """Take every free piece; they are never given back, since the process ends after its request."""
    libc = ctypes.CDLL(None)
    _align_arenas(libc)
    _fill_pools()
    _fill_malloc(libc)


def _align_arenas(libc):
    """New arenas of CPython's allocator begin at multiples of their size from now on.

    Since 3.10 it tells whose a block is by where it lies in a piece of that size, of which an arena may have parts of
    two. So what a `free` costs depended on what else was mapped: up to 0.7 % of calls with many strings.
    """
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mmap.restype = ctypes.c_size_t
    libc.munmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t]

    def mapped(size):
        return libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)

    for attempt in range(_TRIES):
        place = mapped(_ARENA_BYTES)
        libc.munmap(place, _ARENA_BYTES)
        beyond = place % _ARENA_BYTES
        if beyond == 0:
            break
        mapped(_ARENA_BYTES - beyond if attempt % 2 else beyond)  # the next may come above or below


def _fill_pools():
    """Blocks of up to 512 bytes: all there are, until a fresh arena begins; and in that, a pool for each size."""
    malloc = ctypes.pythonapi.PyObject_Malloc
    malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_size_t
    row = last = 0
    for _ in range(_ENOUGH_ARENAS // _LARGEST):
        pool = malloc(_LARGEST) // _POOL
        if pool == last:
            continue
        follows, last = pool == last + 1, pool
        if row == _ARENA - 1 or (row >= _NEARLY_ALL and not follows):
            break  # the first block of a second fresh arena, which it keeps from being unmapped after each call
        row = row + 1 if follows else 0
    for size in range(16, _LARGEST, 16):
        for _ in range(_ENOUGH // size):
            if 0 < malloc(size) // _POOL - last < _ARENA:
                break


def _fill_malloc(libc):
    """Larger ones, from glibc: every hole in its heap, then what it keeps at hand of each small size."""
    if not hasattr(libc, "mallinfo2"):
        return
    libc.mallinfo2.restype = _MallocInfo
    malloc = libc.malloc
    malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_size_t
    # Where memory comes from depends on the largest piece that was ever freed: as in a process that has run for long.
    libc.mallopt(_MMAP_THRESHOLD, 32 << 20)
    libc.mallopt(_TRIM_THRESHOLD, 64 << 20)
    libc.free.argtypes, libc.free.restype = [ctypes.c_size_t], None
    libc.free(malloc(_END))
    free = _free(libc)
    for power in range(20, 3, -1):
        size, pieces = 1 << power, max(1, _BATCH >> power)
        before = free + pieces * size
        while free <= before - pieces * size // 2:
            before = free
            for _ in range(pieces):
                malloc(size)
            free = _free(libc)
    for size in range(24, _CACHED + 1, 16):
        for _ in range(_KEPT):
            malloc(size)


def _free(libc):
    """Bytes in holes: what is free and does not lie at the heap's end."""
    info = libc.mallinfo2()
    return info.fordblks - info.keepcost
