"""Lists the commands."""

from __future__ import annotations

from bot.commands import Answer, Call, Who, commands, usage

WHO: Who = "anyone"
USAGE = ""


def answer(call: Call) -> Answer:
    """A table of all commands."""
    rows = [
        f"| {usage(word)} | {(command.__doc__ or '').strip()} | {'anyone' if command.WHO == 'anyone' else 'writers'} |"
        for word, command in commands().items()
    ]
    return Answer("\n".join(["| command | what it does | who may |", "|:--|:--|:--|", *rows]))
