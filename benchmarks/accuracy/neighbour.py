"""A noisy neighbour on the last core: bursts of a busy loop and of walks through memory, for ten minutes at most.

Started by `benchmarks/accuracy/__main__.py` as `python -m benchmarks.accuracy.neighbour SEED`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

MOST_S = 600
MEMORY = 64 << 20
LINE = 64


@contextmanager
def neighbour(seed: int) -> Iterator[None]:
    """It is there as long as the context."""
    with subprocess.Popen([sys.executable, "-m", "benchmarks.accuracy.neighbour", str(seed)]) as process:
        try:
            yield
        finally:
            process.terminate()


def main() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    draw, memory, ends = random.Random(sys.argv[1]), bytearray(MEMORY), time.monotonic() + MOST_S
    while time.monotonic() < ends:
        burst_ends = time.monotonic() + draw.uniform(0.2, 2.0)
        while time.monotonic() < burst_ends:
            if draw.random() < 0.5:
                memory[::LINE] = bytes(MEMORY // LINE)
            else:
                sum(range(100_000))
        time.sleep(draw.uniform(0.0, 0.5))


if __name__ == "__main__":
    main()
