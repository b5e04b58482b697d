"""Benchmarks that instructions alone would answer wrongly, or that nobody can answer; asv's conventions."""

import asyncio
import os
import subprocess
import sys
import threading
import time

import pkg

CALLS = []


def time_plain():
    pkg.work(pkg.PLAIN)


def time_slower():
    pkg.work(pkg.SLOWER)


def time_sleeps():
    time.sleep(pkg.SLEEPING)


def time_sleeps_as_before():
    time.sleep(0.004)


def time_runs_a_process():
    subprocess.run([sys.executable, "-S", "-E", "-c", f"sum(range({pkg.OUTSIDE}))"], check=True)


def time_runs_threads():
    threads = [threading.Thread(target=pkg.work, args=(pkg.PLAIN,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def time_awaits():
    async def several():
        await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(3)))
        pkg.work(pkg.PLAIN)

    asyncio.run(several())


def time_writes_files():
    with open("written", "wb") as file:
        file.write(b"x" * 100_000)
        os.fsync(file.fileno())


def time_draws():
    pkg.work(int.from_bytes(os.urandom(2), "big") % 30_000)


def time_remembers():
    CALLS.append(1)
    pkg.work(2_000 * len(CALLS))


def time_fails_now_and_then():
    if os.urandom(1)[0] % 2:
        raise ValueError("not today")
    pkg.work(pkg.PLAIN)


def time_never_ends():
    while True:
        pass


def time_too_long_to_count():
    pkg.work(pkg.LONG)
