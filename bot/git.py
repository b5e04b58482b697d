"""Reads a local git repository by plumbing alone: no hook, filter, pager or attribute of it ever runs.

Partner: `bot/core/diff.py` turns the diff text from here into nouns.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import resource
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from bot.core.model import Revisions
from bot.core.requirements import determining_paths
from bot.core.text import plain
from bot.errors import UserError

TEXT_LIMIT_BYTES = 2_000_000
MOST_FILES = 200_000
MOST_BYTES = 2 << 30
"""Of the files of one commit together: a few kilobytes of git objects can stand for more files than a disk holds."""
_MOST_OUTPUT_BYTES = 256 << 20
_MOST_MEMORY_BYTES = 8 << 30
_TIMEOUT_S = 300
_UNNAMEABLE = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ELOOP)
_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_FLAGS = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "protocol.allow=never",
    "-c", "diff.external=",
    "-c", "safe.directory=*",
)  # fmt: skip
_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    sha: str
    size: int | None
    """None where a partial clone lacks the file."""


class GitTree:
    """The files of one commit; a `bot.core.tree.Tree`."""

    def __init__(self, repository: Repository, sha: str) -> None:
        self._repository = repository
        self._blobs: dict[str, bytes] = {}
        self.sha = _whole(sha)

    @cached_property
    def digest(self) -> str:
        """The sha of the git tree: equal for commits with equal files; another one where files are missing."""
        whole = self._repository.git("rev-parse", f"{self.sha}^{{tree}}").strip()
        return (
            hashlib.sha256("\0".join((whole, *self.missing)).encode("utf-8", "surrogateescape")).hexdigest()
            if self.missing
            else whole
        )

    @cached_property
    def _entries(self) -> dict[str, _Entry]:
        entries = {path: entry for path, entry in self._listed.items() if entry.size is not None}
        if len(entries) > MOST_FILES or sum(one.size or 0 for one in entries.values()) > MOST_BYTES:
            raise UserError(f"the commit {self.sha[:10]} holds over {MOST_FILES:,} files or {MOST_BYTES >> 30} GiB")
        if needed := [path for path in self.missing if path.endswith(".py")] or determining_paths(self.missing):
            raise UserError(f"the clone lacks {plain(needed[0], 100)}: clone it again without `--filter`")
        return entries

    @cached_property
    def _listed(self) -> dict[str, _Entry]:
        listing = self._repository.git("ls-tree", "-r", "-z", "--long", "--full-tree", self.sha)
        entries = {}
        for line in filter(None, listing.split("\0")):
            meta, path = line.split("\t", 1)
            mode, _kind, sha, size = meta.split()
            entries[path] = _Entry(mode, sha, 0 if size == "-" else int(size) if size.isdigit() else None)
        return entries

    @property
    def missing(self) -> tuple[str, ...]:
        """Files that a partial clone lacks: data, since one that lacks code or declarations is refused."""
        return tuple(path for path, entry in self._listed.items() if entry.size is None)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every regular file; links and submodules are left out."""
        return tuple(path for path, entry in self._entries.items() if entry.mode in ("100644", "100755"))

    @property
    def submodules(self) -> tuple[str, ...]:
        """Where other repositories are mounted; their content is not part of the tree."""
        return tuple(path for path, entry in self._entries.items() if entry.mode == "160000")

    def data(self, path: str) -> bytes | None:
        """The content, or None where the path is absent."""
        entry = self._entries.get(path)
        if entry is None:
            return None
        if entry.sha not in self._blobs:
            self._blobs.update(self._repository.blobs([entry.sha]))
        return self._blobs[entry.sha]

    def load(self, paths: Iterable[str]) -> None:
        """Read many files with one call of git, for the calls of `data` and `text` that follow."""
        wanted = [entry.sha for path in paths if (entry := self._entries.get(path)) and entry.sha not in self._blobs]
        if wanted:
            self._blobs.update(self._repository.blobs(wanted))

    def text(self, path: str) -> str | None:
        """The content as text, or None where the path is absent, too large or no UTF-8."""
        data = self.data(path)
        if data is None or len(data) > TEXT_LIMIT_BYTES:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None

    def export(self, target: Path) -> None:
        """Write the files below `target`: no `.git`, no filters, links only where they stay inside the tree."""
        try:
            self._export(target)
        except OSError as error:
            if error.errno not in _UNNAMEABLE:
                raise
            raise UserError(f"the commit holds a path that no file can have here: {error.strerror}") from None

    def _export(self, target: Path) -> None:
        target.mkdir(parents=True, exist_ok=True)
        kept = {p: e for p, e in self._entries.items() if e.mode != "160000"}
        blobs = self._repository.blobs(list(dict.fromkeys(entry.sha for entry in kept.values())))
        links = [path for path, entry in kept.items() if entry.mode == "120000"]
        for path in sorted(kept.keys() - set(links)):
            place = _inside(target, path)
            _make_room(target, place)
            place.write_bytes(blobs[kept[path].sha])
            if kept[path].mode == "100755":
                place.chmod(place.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        # Last, so that nothing is ever written through one.
        for path in links:
            place = _inside(target, path)
            if not os.path.lexists(place):
                _make_room(target, place)
                _link(place, PurePosixPath(path), blobs[kept[path].sha])


def _make_room(target: Path, place: Path) -> None:
    """The directories above a file; where a link, or another file, stands in their place, it goes."""
    for parent in reversed(place.relative_to(target).parents[:-1]):
        above = target / parent
        if above.is_symlink() or (above.exists() and not above.is_dir()):
            above.unlink()
        above.mkdir(exist_ok=True)


def _inside(target: Path, path: str) -> Path:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or any(part.lower() == ".git" for part in parts):
        raise UserError(f"the commit holds a path that leaves its tree: {path!r}; remove it from the commit")
    return target.joinpath(*parts)


def _link(place: Path, path: PurePosixPath, data: bytes) -> None:
    """Only upwards and then down: behind a name that may be a link itself, `..` leads to where nobody has looked."""
    goal = data.decode("utf-8", "surrogateescape")
    parts = PurePosixPath(goal).parts
    upwards = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    if not parts or "\0" in goal or goal.startswith("/") or ".." in parts[upwards:] or upwards > len(path.parent.parts):
        return
    place.symlink_to(goal)


class Repository:
    """A local git repository, bare or with a work tree, that is only ever read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise UserError(f"{path} is not a directory: give the path of a git repository")
        answer = self._run("rev-parse", "--absolute-git-dir")
        if answer.returncode != 0:
            raise UserError(f"{path} is not a git repository: give the path of one, or run `git init` there")
        self.identity = answer.stdout.decode().strip()

    def _run(
        self, *arguments: str, stdin: bytes = b"", limit: int = _MOST_OUTPUT_BYTES
    ) -> subprocess.CompletedProcess[bytes]:
        """One git command, whose output, memory and time are bounded: its objects may be a stranger's."""
        command = ("git", "-C", str(self.path), *_FLAGS, *arguments)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=output, stderr=errors, env=_ENVIRONMENT
                )
            except FileNotFoundError:
                raise UserError("git is not installed: install it (Debian: apt-get install git)") from None
            _bound(process.pid, limit)
            try:
                process.communicate(stdin, timeout=_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise UserError(
                    f"git {arguments[0]} did not end within {_TIMEOUT_S} s: the repository is too large"
                ) from None
            if process.returncode == -signal.SIGXFSZ:
                raise UserError(f"git {arguments[0]} says more than {limit >> 20} MiB: the repository is too large")
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(command, process.returncode, output.read(), errors.read(65536))

    def git(self, *arguments: str) -> str:
        """Standard output of one git command; raises UserError with git's own last line."""
        answer = self._run(*arguments)
        if answer.returncode != 0:
            lines = answer.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
            raise UserError(f"git {arguments[0]}: {lines[-1]}")
        return answer.stdout.decode("utf-8", "surrogateescape")

    def work_tree(self) -> Path:
        """The directory that the paths of its files count from, wherever in it the repository was named."""
        answer = self._run("rev-parse", "--show-toplevel")
        if answer.returncode != 0:
            raise UserError(f"{self.path} has no work tree: give the path of one")
        return Path(os.fsdecode(answer.stdout.removesuffix(b"\n")))

    def blobs(self, shas: list[str]) -> dict[str, bytes]:
        """The content of many blobs in one call of git."""
        answer = self._run(
            "cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in shas).encode(), limit=2 * MOST_BYTES
        )
        if answer.returncode != 0:
            raise UserError(f"git cat-file: {answer.stderr.decode(errors='replace').strip()}")
        return _parse_batch(answer.stdout, shas)

    def commit(self, revision: str) -> str:
        """The full sha of the commit that `revision` names."""
        answer = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if answer.returncode != 0:
            raise UserError(f"unknown revision {revision!r}: give a branch, tag or commit of {self.path}")
        return answer.stdout.decode().strip()

    def revisions(self, base: str, head: str) -> Revisions:
        """Resolve both names and find where head left base."""
        base_sha, head_sha = self.commit(base), self.commit(head)
        answer = self._run("merge-base", base_sha, head_sha)
        if answer.returncode != 0:
            raise UserError(
                f"{base} and {head} share no history: compare two revisions of one line of work"
                " (a shallow clone needs `git fetch --unshallow`)"
            )
        merge_base_sha = answer.stdout.decode().split()[0]
        if merge_base_sha == head_sha != base_sha:
            # The only comparison that means anything is a direct one: their merge base is head itself.
            return Revisions(base_sha, head_sha, base_sha, backwards=True)
        return Revisions(base_sha, head_sha, merge_base_sha)

    def between(self, good: str, bad: str) -> list[str]:
        """The commits from behind `good` up to `bad`, along first parents, the oldest first."""
        good_sha, bad_sha = self.commit(good), self.commit(bad)
        if self._run("merge-base", "--is-ancestor", good_sha, bad_sha).returncode != 0:
            raise UserError(f"{good} is no ancestor of {bad}: give a range on one line of history")
        return self.git("rev-list", "--first-parent", "--reverse", f"{good_sha}..{bad_sha}").split()

    def parents(self, sha: str) -> tuple[str, ...]:
        """The parents of a commit; a merge has several."""
        return tuple(self.git("rev-list", "--parents", "--max-count=1", _whole(sha)).split()[1:])

    def conflicts(self, revisions: Revisions) -> tuple[str, ...]:
        """Files in which merging head into base would conflict."""
        if revisions.base_sha == revisions.merge_base_sha:
            return ()
        answer = self._run(
            "merge-tree", "--write-tree", "--name-only", "--no-messages", revisions.base_sha, revisions.head_sha
        )
        if answer.returncode != 1:
            return ()
        return tuple(answer.stdout.decode(errors="replace").splitlines()[1:])

    def diff(self, old_sha: str, new_sha: str) -> str:
        """The unified diff without context, renames found; what is no UTF-8 is marked in it, and in names.

        It is silent about files that a partial clone lacks.
        """
        missing = sorted({*self.tree(old_sha).missing, *self.tree(new_sha).missing})
        diff = self.git(
            "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--find-renames", "--unified=0",
            "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", _whole(old_sha), _whole(new_sha),
            "--", ":(top)", *(f":(top,exclude,literal){path}" for path in missing),
        )  # fmt: skip
        return diff.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def tree(self, sha: str) -> GitTree:
        """The files of a commit."""
        return GitTree(self, sha)

    def date(self, sha: str) -> str:
        """When a commit was made, as ISO 8601."""
        return self.git("show", "--no-patch", "--format=%cI", _whole(sha)).strip()

    def subject(self, sha: str) -> str:
        """The first line of a commit's message, as its author wrote it."""
        return self.git("show", "--no-patch", "--format=%s", _whole(sha)).strip()

    def nearest_version(self, sha: str) -> str | None:
        """The name of the newest tag that `sha` contains, for build systems that ask git for a version."""
        answer = self._run("describe", "--tags", "--abbrev=0", _whole(sha))
        return answer.stdout.decode().strip() if answer.returncode == 0 else None


def _whole(sha: str) -> str:
    """The name of a commit, which may come from a report of the runner: nothing else gets to git, no option of its."""
    if not _SHA.fullmatch(sha):
        raise UserError(f"{plain(sha, 60)!r} is not the whole name of a commit")
    return sha


def _bound(pid: int, output_bytes: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (output_bytes, output_bytes))
        resource.prlimit(pid, resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))


def _parse_batch(output: bytes, shas: list[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    at = 0
    for sha in shas:
        end = output.find(b"\n", at)
        header = output[at:end].split()
        if len(header) != 3:  # sha, kind, size
            raise UserError(f"object {sha} is missing: clone the repository again, without `--filter`")
        size = int(header[2])
        found[sha] = output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found


class Variant:
    """The files of a commit with some of them replaced or removed; a `bot.core.tree.Tree` as well."""

    def __init__(self, tree: GitTree, replaced: Mapping[str, bytes | None]) -> None:
        self.tree, self.replaced = tree, {p: d for p, d in replaced.items() if tree.data(p) != d}

    @cached_property
    def digest(self) -> str:
        """Equal for equal files."""
        if not self.replaced:
            return self.tree.digest
        summary = hashlib.sha256(self.tree.digest.encode())
        for path, data in sorted(self.replaced.items()):
            summary.update(path.encode("utf-8", "surrogateescape") + b"\0")
            summary.update(b"-" if data is None else hashlib.sha256(data).digest())
        return summary.hexdigest()[:40]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every regular file."""
        kept = {path for path in self.tree.paths if path not in self.replaced}
        return tuple(sorted(kept | {path for path, data in self.replaced.items() if data is not None}))

    def data(self, path: str) -> bytes | None:
        """The content, or None where the path is absent."""
        return self.replaced[path] if path in self.replaced else self.tree.data(path)

    def text(self, path: str) -> str | None:
        """The content as text, or None where the path is absent or no UTF-8."""
        if path not in self.replaced:
            return self.tree.text(path)
        data = self.replaced[path]
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            return None

    def load(self, paths: Iterable[str]) -> None:
        """Read many files with one call of git."""
        self.tree.load(paths)

    def digests(self, paths: Iterable[str]) -> str:
        """One digest for the content of some files."""
        summary = hashlib.sha256()
        for path in sorted(paths):
            data = self.data(path)
            summary.update(path.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(data or b"").digest())
        return summary.hexdigest()

    def export(self, target: Path) -> None:
        """Write the files below `target`, as `GitTree.export` does."""
        self.tree.export(target)
        for path, data in self.replaced.items():
            place = _inside(target, path)
            if data is not None:
                _make_room(target, place)
            elif any((target / parent).is_symlink() for parent in place.relative_to(target).parents):
                continue  # what is to go lies behind a link: it is not there
            if os.path.lexists(place) and not (place.is_dir() and not place.is_symlink()):
                place.unlink()
            if data is not None:
                place.write_bytes(data)
