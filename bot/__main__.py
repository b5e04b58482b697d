"""`python -m bot` is `perfwright`."""

from bot.cli import main

main()
