"""The three kinds of failure; front doors turn them into one line and an exit status (see `bot/cli.py`)."""

import errno


class PerfwrightError(Exception):
    """What every failure that we expect has: one line that says what happened and what to do."""

    exit_status = 3


class UserError(PerfwrightError):
    """The request, the repository's configuration or its declarations must change; exit status 2."""

    exit_status = 2


class MeasureError(PerfwrightError):
    """The repository could not be built or measured; exit status 3.

    `detail` holds the tail of the output that explains it: text of the repository, untrusted.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class NothingRunsError(MeasureError):
    """No benchmark, or no test that stands in for one, loads or runs: today's packages may be to blame."""


class TransientError(PerfwrightError):
    """The machine or a service failed in a way that a later try may not; retried with back-off, then exit status 3."""


class LostError(TransientError):
    """Whoever did the work is gone, or did not end in time, and the work itself may be why: tried a few times only."""


def out_of_space(error: BaseException) -> bool:
    """Whether a disk is full or cannot be written to: the machine's trouble, which passes when somebody makes room."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
