"""One bare git repository of the stand-in, spoken to by plumbing commands only.

Partner: `diff.py`, which reads the diffs that this makes; `git_http.py` serves the same folder to git itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Files = Mapping[str, str | bytes | None]  # None deletes

ZERO = "0" * 40
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
}
_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[http]
\treceivepack = true
[receive]
\tunpackLimit = 10000
\tadvertisePushOptions = true
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[transfer]
\thideRefs = refs/hidden
[gc]
\tauto = 0
"""

# Runs for each ref of a push over HTTP; `git_http.py` says in the environment what it has to refuse.
_HOOK = """#!/bin/sh
zero=0000000000000000000000000000000000000000
case "$1" in
refs/heads/*)
    for name in $STAND_IN_PROTECTED; do
        [ "refs/heads/$name" = "$1" ] && { echo "GH006: Protected branch update failed for $1." >&2; exit 1; }
    done ;;
refs/tags/*) ;;
*) echo "deny updating a hidden ref" >&2; exit 1 ;;
esac
[ -n "$STAND_IN_NO_WORKFLOWS" ] && [ "$3" != $zero ] || exit 0
start=$2
[ "$start" != $zero ] || start=$(git rev-parse --verify --quiet HEAD) || exit 0
found=$(git diff --name-only "$start...$3" -- .github/workflows | head -n 1)
[ -z "$found" ] && exit 0
echo "refusing to allow a GitHub App to create or update workflow \\`$found\\` without \\`workflows\\` permission" >&2
exit 1
"""


class GitError(Exception):
    """Git refused."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who wrote or committed, and when."""

    name: str
    email: str
    date: int

    def line(self) -> str:
        """As it stands in a commit."""
        return f"{self.name} <{self.email}> {self.date} +0000"


def web_identity(date: int) -> Identity:
    """Who commits what is done on GitHub's pages or through its API."""
    return Identity("GitHub", "noreply@github.com", date)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git keeps it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a tree."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


class Git:
    """Reads and writes one bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def make(cls, path: Path, branch: str) -> Git:
        """A new empty repository; `git init` would copy its samples of hooks each time."""
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (path / name).mkdir(parents=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (path / "config").write_text(_CONFIG)
        (path / "hooks").mkdir()
        (path / "hooks" / "update").write_text(_HOOK)
        (path / "hooks" / "update").chmod(0o755)
        return cls(path)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The output of a git command; raises with what it said when it fails."""
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments], input=stdin, capture_output=True, env=ENVIRONMENT
        )
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace") or f"git {arguments[0]} failed")
        return done.stdout

    def say(self, *arguments: str, stdin: bytes = b"") -> str:
        """The output of a git command as text without its last line end."""
        return self.run(*arguments, stdin=stdin).decode(errors="surrogateescape").rstrip("\n")

    def resolve(self, revision: str) -> str | None:
        """The sha of the commit that a branch, tag or sha means; never anything more clever."""
        if not revision or revision.startswith("-") or set("^~:@{ ?*[\\") & set(revision):
            return None
        if len(revision) == 40 and self.kind(revision) == "commit":
            return revision
        refs = self.refs()
        names = (revision, f"refs/heads/{revision}", f"refs/tags/{revision}", f"refs/{revision}")
        found = next((refs[name] for name in names if name in refs), None)
        if found and self.kind(found) == "commit":
            return found
        if not found and not re.fullmatch(r"[0-9a-f]{4,40}|HEAD", revision):
            return None
        try:
            return self.say("rev-parse", "--verify", "--quiet", "--end-of-options", f"{found or revision}^{{commit}}")
        except GitError:
            return None

    def _object(self, kind: str, content: bytes) -> str:
        """Keep an object, as `git hash-object` does in a process of its own."""
        raw = f"{kind} {len(content)}\0".encode() + content
        sha = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        path = self.path / "objects" / sha[:2] / sha[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            new = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
            new.write_bytes(zlib.compress(raw, 1))
            new.rename(path)
        return sha

    def _loose(self, sha: str) -> tuple[str, bytes] | None:
        """(kind, content) of an object that is not in a pack."""
        path = self.path / "objects" / sha[:2] / sha[2:]
        if len(sha) != 40 or not path.is_file():
            return None
        head, _, content = zlib.decompress(path.read_bytes()).partition(b"\0")
        return head.decode().split(" ")[0], content

    def kind(self, sha: str) -> str | None:
        """commit, tree, blob or tag; None where there is no such object."""
        if loose := self._loose(sha):
            return loose[0]
        try:
            return self.say("cat-file", "-t", sha)
        except GitError:
            return None

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Every ref whose name starts so, with the sha it points at."""
        found: dict[str, str] = {}
        packed = self.path / "packed-refs"
        lines = packed.read_text().splitlines() if packed.exists() else []
        for line in lines:
            sha, _, name = line.partition(" ")
            if name.startswith(prefix) and len(sha) == 40:
                found[name] = sha
        for folder, _, names in os.walk(self.path / "refs"):
            place = Path(folder).relative_to(self.path).as_posix()
            for name in (f"{place}/{name}" for name in names if not name.endswith(".lock")):
                if name.startswith(prefix):
                    found[name] = (self.path / name).read_text().strip()
        return dict(sorted(found.items()))

    def set_ref(self, name: str, sha: str | None) -> None:
        """Create, move or (None) delete a ref."""
        if sha is None:
            self.run("update-ref", "-d", name)
        else:
            self.run("update-ref", name, sha)

    def blob(self, content: bytes) -> str:
        """Keep a file's content."""
        return self._object("blob", content)

    def read(self, sha: str) -> bytes:
        """The content of a blob."""
        loose = self._loose(sha)
        return loose[1] if loose else self.run("cat-file", "blob", sha)

    def file(self, revision: str, path: str) -> bytes | None:
        """The content of a file in a commit."""
        entry = self.entry(revision, path)
        return self.read(entry.sha) if entry and entry.kind == "blob" else None

    def entry(self, revision: str, path: str) -> Entry | None:
        """The entry of a path in a commit."""
        found = [entry for entry in self.tree(revision, path) if entry.path == path]
        return found[0] if found else None

    def tree(self, revision: str, *paths: str, recursive: bool = False) -> list[Entry]:
        """The entries of a tree."""
        options = ["-r", "-t"] if recursive else []
        listed = self.run("ls-tree", "-z", "-l", *options, revision, "--", *paths).decode(errors="surrogateescape")
        entries = []
        for line in filter(None, listed.split("\0")):
            about, _, path = line.partition("\t")
            mode, kind, sha, size = about.split()
            entries.append(Entry(mode, kind, sha, int(size) if size != "-" else None, path))
        return entries

    def write_tree(self, base: str | None, changes: Sequence[tuple[str, str, str | None]]) -> str:
        """A tree made from another by (path, mode, sha) changes; a sha of None deletes."""
        index = self.path / f"index.{os.urandom(8).hex()}"
        environment = {**ENVIRONMENT, "GIT_INDEX_FILE": str(index)}
        lines = [f"{mode} {sha}\t{path}" if sha else f"0 {ZERO}\t{path}" for path, mode, sha in changes]
        try:
            if base:
                self._indexed(environment, "read-tree", base)
            self._indexed(environment, "update-index", "-z", "--add", "--index-info", stdin="\0".join([*lines, ""]))
            return self._indexed(environment, "write-tree")
        finally:
            index.unlink(missing_ok=True)

    def _indexed(self, environment: Mapping[str, str], *arguments: str, stdin: str = "") -> str:
        command = ["git", f"--git-dir={self.path}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, env=environment, text=True)
        if done.returncode:
            raise GitError(done.stderr)
        return done.stdout.strip()

    def write_commit(
        self, tree: str, parents: Sequence[str], author: Identity, committer: Identity, message: str
    ) -> str:
        """A commit on no branch."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author.line()}", f"committer {committer.line()}", "", message]
        return self._object("commit", "\n".join(lines).encode())

    def commit_files(self, parent: str | None, files: Files, who: Identity, message: str) -> str:
        """A commit on top of another with some files written or deleted."""
        modes = {entry.path: entry.mode for entry in self.tree(parent, recursive=True)} if parent else {}
        changes: list[tuple[str, str, str | None]] = []
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            changes.append((path, modes.get(path, "100644"), None if data is None else self.blob(data)))
        tree = self.write_tree(parent, changes)
        return self.write_commit(tree, [parent] if parent else [], who, who, message)

    def commit(self, sha: str) -> Commit:
        """Read a commit."""
        if (loose := self._loose(sha)) and loose[0] == "commit":
            return _raw_commit(sha, loose[1].decode(errors="replace"))
        fields = self.say("log", "-1", "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B", sha)
        return _commit(fields)

    def log(self, *range_: str, limit: int = 250) -> list[Commit]:
        """Commits, newest first."""
        form = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x01"
        said = self.say("log", f"-{limit}", form, *range_)
        return [_commit(part.lstrip("\n")) for part in said.split("\x01") if part.strip()]

    def merge_base(self, one: str, other: str) -> str | None:
        """The last commit that both know."""
        try:
            return self.say("merge-base", one, other)
        except GitError:
            return None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether moving from old to new is a fast forward."""
        try:
            self.run("merge-base", "--is-ancestor", old, new)
        except GitError:
            return False
        return True

    def merge_tree(self, base: str, head: str) -> str | None:
        """The tree of merging two commits; None where they conflict."""
        try:
            return self.say("merge-tree", "--write-tree", base, head).splitlines()[0]
        except GitError:
            return None

    def picked(self, onto: str, sha: str) -> str | None:
        """The tree of what a commit did, done to another one; None where they conflict."""
        one = self.commit(sha)
        # Stand-ins with the commit's parent as their one ancestor: `--merge-base` is newer than git 2.39.
        parent = self.write_commit(self.commit(one.parents[0]).tree, [], one.author, one.committer, "parent")
        ours, theirs = (
            self.write_commit(tree, [parent], one.author, one.committer, "side")
            for tree in (self.commit(onto).tree, one.tree)
        )
        return self.merge_tree(ours, theirs)

    def count(self, *range_: str) -> int:
        """How many commits a range has."""
        return int(self.say("rev-list", "--count", *range_))

    def diff(self, old: str, new: str) -> str:
        """The diff of two commits as GitHub shows it: three lines of context, renames found."""
        return self.run("diff", "--no-color", "--no-ext-diff", "-M", "--unified=3", old, new).decode(errors="replace")

    def changed(self, old: str, new: str) -> list[tuple[str, str, str | None, str, int, int]]:
        """(status letter, path, previous path, blob, additions, deletions) for each changed file."""
        raw = self.run("diff", "-M", "-z", "--raw", "--no-abbrev", "--numstat", old, new).decode(
            errors="surrogateescape"
        )
        return list(_changed(raw.split("\0")))

    def fetch(self, other: Path, *refspecs: str) -> None:
        """Take commits from another repository of this machine."""
        self.run("fetch", "--quiet", "--no-tags", str(other), *refspecs)


def _commit(fields: str) -> Commit:
    sha, tree, parents, *who, message = fields.split("\0")
    author = Identity(who[0], who[1], int(who[2]))
    committer = Identity(who[3], who[4], int(who[5]))
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


def _raw_commit(sha: str, raw: str) -> Commit:
    head, _, message = raw.partition("\n\n")
    pairs = [line.split(" ", 1) for line in head.split("\n") if not line.startswith(" ")]
    named = dict(pairs)
    parents = tuple(value for name, value in pairs if name == "parent")
    author, committer = (_identity(named[name]) for name in ("author", "committer"))
    return Commit(sha, named["tree"], parents, author, committer, message.rstrip("\n"))


def _identity(line: str) -> Identity:
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    return Identity(name, email, int(when.split()[0]))


def _changed(fields: list[str]) -> list[tuple[str, str, str | None, str, int, int]]:
    states: dict[str, tuple[str, str | None, str]] = {}
    counts: dict[str, tuple[int, int]] = {}
    waiting = iter(fields)
    for field in waiting:
        if field.startswith(":"):
            _, _, old_blob, new_blob, letter = field.split(" ")
            previous = next(waiting) if letter[0] in "RC" else None
            path = next(waiting)
            states[path] = (letter[0], previous, old_blob if letter[0] == "D" else new_blob)
        elif field.strip("\n"):
            added, removed, path = field.split("\t")
            if not path:
                next(waiting)
                path = next(waiting)
            counts[path] = (0 if added == "-" else int(added), 0 if removed == "-" else int(removed))
    return [
        (letter, path, previous, blob, *counts.get(path, (0, 0))) for path, (letter, previous, blob) in states.items()
    ]
