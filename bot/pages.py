"""What people read in a browser: the front page, the set-up form, a report. Nothing is loaded from anywhere.

Partner: `bot/web.py` serves them under a policy that runs no script. Text of repositories comes from
`bot/reports/markdown.py`, where nothing of it is active.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import msgspec
from markdown_it import MarkdownIt

from bot.core import ledger
from bot.core.job import Failure
from bot.core.ledger import Saving
from bot.core.model import Report
from bot.core.text import code_span, fence, prose
from bot.reports import check_run, markdown
from bot.settings import Settings

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--paper:#fff;--soft:#f3f5f8;--line:#d7dce4;--link:#0b62c4}
@media (prefers-color-scheme:dark){:root{--ink:#dfe4ee;--paper:#12161d;--soft:#1b212b;--line:#323b49;--link:#7ab4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.6rem;margin:0 0 .75rem}h4{margin:1.6rem 0 .4rem}
a{color:var(--link)}code,pre{font:.875em/1.5 ui-monospace,monospace}
code{background:var(--soft);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;overflow-x:auto}
pre code{background:none;padding:0;overflow-wrap:normal}
table{border-collapse:collapse;display:block;overflow-x:auto;margin:1rem 0;font-size:.92rem}
th,td{border:1px solid var(--line);padding:.35rem .7rem;text-align:left}th{background:var(--soft)}
td:first-child{white-space:nowrap}td code{overflow-wrap:normal}
details{border:1px solid var(--line);border-radius:8px;padding:.5rem 1rem;margin:.8rem 0}summary{cursor:pointer}
button,input{font:inherit;padding:.5rem 1rem;border:1px solid var(--line);border-radius:8px;color:inherit}
button{background:var(--link);border-color:transparent;color:var(--paper);font-weight:600;cursor:pointer}
input{background:var(--soft)}
footer{margin-top:3rem;color:color-mix(in srgb,var(--ink) 60%,transparent);font-size:.85rem}
"""
_HEADING = re.compile("<h2>([^<]*)</h2>")


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What is kept of one check: its name, whether it is a report or a failure, and the JSON of it."""

    name: str
    kind: str
    kept: bytes


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}"
        "<footer>Perfwright</footer></main></body></html>"
    )


def message(title: str, text: str) -> str:
    """One line for people."""
    return _page(title, f"<p>{escape(text)}</p>")


def front(known: Settings, *, configured: bool) -> str:
    """What this is, and what to do next."""
    what = (
        "<p>Perfwright benchmarks pull requests to Python repositories, names the cause of a regression and offers a"
        " verified fix.</p>"
    )
    if not configured:
        return _page("Perfwright: nearly ready", what + (
            "<p><strong>No GitHub App is registered yet.</strong> The web process has written an address with a token"
            " to its log: open it to register one. It looks like"
            f" <code>{escape(known.public_url)}/setup?token=…</code></p>"
        ))  # fmt: skip
    return _page("Perfwright is running", what + (
        "<p>It answers where it is installed: open a pull request, or write <code>/perf help</code> on one.</p>"
        '<p><a href="/readyz">Is it ready?</a> · <a href="/ledger">Savings</a> · <a href="/metrics">Metrics</a></p>'
    ))  # fmt: skip


def setup_page(manifest: str, action: str) -> str:
    """The form that registers the app: GitHub shows what it asks for before anything is made."""
    return _page("Register the GitHub App", (
        "<p>GitHub will show what the app asks for, and send you back here with its credentials, which are written to a"
        " file that only this account can read.</p>"
        f'<form action="{escape(action)}" method="post">'
        f'<input type="hidden" name="manifest" value="{escape(manifest)}">'
        "<button>Register on GitHub</button></form>"
        "<p>For an organization, add <code>&amp;organization=NAME</code> to this page's address first.</p>"
        f"<details><summary>What it asks for</summary><pre><code>{escape(manifest)}</code></pre></details>"
    ))  # fmt: skip


def report_page(page: ReportPage) -> str:
    """A whole report, or why there is none."""
    if page.kind == "failure":
        failure = msgspec.json.decode(page.kept, type=Failure)
        text = f"{prose(failure.message, 600)}\n\n{fence(failure.detail, limit=20_000) if failure.detail else ''}"
        return _page("Could not measure", _html(text))
    report = msgspec.json.decode(page.kept, type=Report)
    return _page(check_run.title(report), _html(markdown.render(report)))


def ledger_page(savings: Sequence[Saving]) -> str:
    """What merged fixes save; benchmarks are named, repositories are not: they may be private."""
    declared = [one for one in savings if one.declared_calls_a_day is not None]
    assumed = [one for one in savings if one.declared_calls_a_day is None]
    head = ["| measured | benchmark | after / before | calls a day | CPU time a day | energy a day |"]
    head.append("|:--|:--|--:|--:|--:|--:|")
    text = (
        f"Saved a day, at the call rates that repositories declare: {_saved(declared)}.\n\n"
        f"Where none is declared, {ledger.ASSUMED_CALLS_A_DAY:,.0f} calls a day are assumed:"
        f" {_saved(assumed)} more.\n\n"
        + "\n".join([*head, *map(_ledger_row, savings)])
        + f"\n\nInstructions are counted: {ledger.INSTRUCTIONS_PER_CPU_S:.0e} of them are taken for one CPU second,"
        f" and a busy core for {ledger.WATTS_PER_CORE:g} W."
    )
    return _page("Savings", _html(text))


def _saved(savings: Sequence[Saving]) -> str:
    cpu_s, kwh = ledger.totals(savings)
    return f"{cpu_s:,.2f} CPU seconds, {kwh:.6f} kWh"


def _ledger_row(one: Saving) -> str:
    day, name = time.strftime("%Y-%m-%d", time.gmtime(one.at)), code_span(one.benchmark, limit=120, table=True)
    calls = f"{one.calls_a_day:,.0f}{' (assumed)' if one.declared_calls_a_day is None else ''}"
    return f"| {day} | {name} | {one.ratio:.3f} | {calls} | {one.cpu_s_a_day:,.2f} s | {one.kwh_a_day:.6f} kWh |"


def guide_page(text: str) -> str:
    """A page of `docs/`; reports link to its headings, so that each has a name."""
    title, _, rest = text.removeprefix("# ").partition("\n")
    return _page(title, _HEADING.sub(_named, _html(rest)))


def _named(heading: re.Match[str]) -> str:
    name = re.sub(r"[^\w -]", "", heading[1].lower()).replace(" ", "-")
    return f'<h2 id="{name}">{heading[1]}</h2>'


def _html(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
