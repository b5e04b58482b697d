"""What a sweep has found, as SARIF 2.1.0, which code hosts and editors show. Partner: `bot/reports/_sweep.py`.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import quote

from bot import __version__
from bot.core.card import Card
from bot.core.model import Opportunity, Swept
from bot.core.patch import Replaced, replaced
from bot.core.text import plain

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(swept: Swept, cards: Mapping[str, Card]) -> str:
    """One run with a result for each opportunity; `cards` has the card of every rule that may occur."""
    found = sorted({one.fix.rule for one in swept.opportunities})
    run = {
        "tool": {
            "driver": {
                "name": "Perfwright",
                "version": __version__,
                "rules": [_rule(cards[name]) for name in found],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": plain(note, 400)}} for note in swept.notes
                ],
            }
        ],
        "results": [_result(one, found.index(one.fix.rule)) for one in swept.opportunities],
        "properties": {"revision": swept.rev_sha},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(card: Card) -> dict[str, object]:
    return {
        "id": card.name,
        "shortDescription": {"text": card.description},
        "fullDescription": {"text": card.sections["Why is this slow?"]},
        "help": {"text": card.sections["When not"]},
        "defaultConfiguration": {"level": "note"},
        "properties": {"python": card.python, "break-even": card.break_even, "tags": ["performance"]},
    }


def _result(one: Opportunity, index: int) -> dict[str, object]:
    fix = one.fix
    where = {"uri": quote(fix.path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}
    why = f" ({fix.reason})" if fix.reason else ""
    # The place in the text may move, the change stays the same: hosts know a result again by this.
    mark = hashlib.sha256(f"{fix.rule}\0{fix.path}\0{fix.function}\0{_changed_text(fix.patch)}".encode()).hexdigest()
    return {
        "ruleId": fix.rule,
        "ruleIndex": index,
        "level": "note",
        "message": {"text": plain(f"{fix.rule} in {fix.function}, fix {one.level}, {fix.status}{why}", 1000)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": where,
                    "region": {"startLine": one.line, "endLine": one.end_line},
                },
                "logicalLocations": [{"fullyQualifiedName": fix.function, "kind": "function"}],
            }
        ],
        "partialFingerprints": {"perfwright/v1": mark},
        "rank": round(one.rank * 100, 2),
        "fixes": [
            {
                "description": {"text": f"The fix of {fix.rule} ({one.level})"},
                "artifactChanges": [
                    {"artifactLocation": where, "replacements": [_replacement(part) for part in replaced(fix.patch)]}
                ],
            }
        ],
    }


def _changed_text(patch: str) -> str:
    return "".join(
        line for line in patch.splitlines(keepends=True) if line[:1] in "+-" and line[:3] not in ("+++", "---")
    )


def _replacement(part: Replaced) -> dict[str, object]:
    return {
        "deletedRegion": {"startLine": part.line, "startColumn": 1, "endLine": part.line + part.count, "endColumn": 1},
        "insertedContent": {"text": part.text},
    }
