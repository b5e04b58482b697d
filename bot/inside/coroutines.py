"""Turns asynchronous benchmarks into calls, on one event loop that is made outside of what is measured."""

import asyncio
import functools
import inspect


def called(function, loop_factory=None):
    """The function itself, or a call that runs the coroutines that it makes to their end."""
    if not inspect.iscoroutinefunction(inspect.unwrap(function)):
        return function
    return always(function, loop_factory)


def always(function, loop_factory=None):
    """As `called`, for what is known to make coroutines."""
    loop = loop_factory() if loop_factory is not None else asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    @functools.wraps(function)
    def run(*args, **kwargs):
        return loop.run_until_complete(function(*args, **kwargs))

    return run
