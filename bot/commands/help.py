"""Lists the commands."""

from __future__ import annotations

from bot.commands import Answer, Call, Command, Who, commands, usage

WHO: Who = "anyone"
USAGE = ""


def answer(call: Call) -> Answer:
    """A table of all commands."""
    rows = [_row(word, command) for word, command in commands().items()]
    return Answer("\n".join(["| command | what it does | who may |", "|:--|:--|:--|", *rows]))


def _row(word: str, command: Command) -> str:
    written = usage(word).replace("|", "\\|")  # a bar would end the cell, in a code span too
    who = "anyone" if command.WHO == "anyone" else "writers"
    return f"| {written} | {(command.__doc__ or '').strip()} | {who} |"
