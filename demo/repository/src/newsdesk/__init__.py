"""Merges news feeds into one front page."""

from newsdesk.entries import Entry
from newsdesk.merge import merge
from newsdesk.page import render

__all__ = ["Entry", "merge", "render"]
