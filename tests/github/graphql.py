"""The few mutations of GraphQL that have no REST twin, checked and run against GitHub's published schema.

Partner: `exchange.py` gives it the parsed request. What the schema does not allow is a violation; what it allows and
nobody has written here is the stand-in's own fault.
"""

from __future__ import annotations

import base64
import binascii
import gzip
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import graphql

from scripts.github_schemas import ensure
from tests.github.acts import pulls, repositories, reviews, talk
from tests.github.git import ZERO
from tests.github.render.accounts import node_id
from tests.github.rules import NOT_BY_INTEGRATION, Refused, at_least
from tests.github.state import Repository, Token, World

Json = Any
Mutation = Callable[[World, Token, Mapping[str, Json]], Json]

_REACTIONS = {
    "CONFUSED": "confused", "EYES": "eyes", "HEART": "heart", "HOORAY": "hooray", "LAUGH": "laugh", "ROCKET": "rocket",
    "THUMBS_DOWN": "-1", "THUMBS_UP": "+1",
}  # fmt: skip


@cache
def _schema() -> graphql.GraphQLSchema:
    text = gzip.decompress((ensure() / "schema.graphql.gz").read_bytes()).decode()
    return graphql.build_schema(text, assume_valid=True)


def execute(world: World, token: Token, body: Mapping[str, Json]) -> tuple[Json, list[str]]:
    """(the answer, what is wrong with the request); raises where the stand-in itself does not know what to answer."""
    document, wrong = _checked(body.get("query") or "")
    root = {name: partial(_run, mutation, world, token) for name, mutation in _MUTATIONS.items()}
    variables = body.get("variables") or {}
    if document is not None:
        done = graphql.execute_sync(_schema(), document, root, variable_values=variables, field_resolver=_field)
        errors = done.errors or []
        if done.data is not None or any(error.path for error in errors):
            return {"data": done.data, **({"errors": [_told(error) for error in errors]} if errors else {})}, []
        wrong = [error.message for error in errors]  # of the variables: nothing has run
    return {"errors": [{"message": word} for word in wrong]}, wrong


def _checked(query: str) -> tuple[graphql.DocumentNode | None, list[str]]:
    try:
        document = graphql.parse(query)
    except graphql.GraphQLSyntaxError as error:
        return None, [error.message]
    wrong = [error.message for error in graphql.validate(_schema(), document)]
    return (None if wrong else document), wrong


def _field(source: Mapping[str, Json], info: Any, **arguments: Json) -> Json:
    value = source[info.field_name]  # what is not there, nobody has written yet
    return value(info, **arguments) if callable(value) else value


def _run(mutation: Mutation, world: World, token: Token, _info: Any, *, input: Json) -> Json:  # noqa: A002 - GitHub's
    return {"clientMutationId": input.get("clientMutationId"), **mutation(world, token, input)}


def _told(error: graphql.GraphQLError) -> Json:
    refused = error.original_error
    if not isinstance(refused, Refused):
        raise NotImplementedError(f"the stand-in has no answer to this GraphQL: {error}")
    kind = {403: "FORBIDDEN", 404: "NOT_FOUND"}.get(refused.status, "UNPROCESSABLE")
    return {"type": kind, "path": error.path, "message": refused.message}


def _number(node: str, kind: str) -> int:
    start, _, value = node.partition("_")
    try:
        number = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _missing(node) from error
    if start != kind or not number.isdigit():
        raise _missing(node)
    return int(number)


def _missing(node: str) -> Refused:
    return Refused(404, f"Could not resolve to a node with the global id of '{node}'.")


def _need(world: World, token: Token, repository: Repository, permission: str) -> None:
    if token.installation_id:
        covered = world.covered(world.installations[token.installation_id])
        if repository not in covered or not at_least(token.permissions.get(permission, "none"), "write"):
            raise Refused(403, NOT_BY_INTEGRATION)
    elif not at_least(world.role(repository, token.user_id), "write"):
        raise Refused(403, "Must have push access to the repository")


def _minimize(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    return _set_minimized(world, token, given["subjectId"], given["classifier"])


def _unminimize(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    return _set_minimized(world, token, given["subjectId"], None)


def _set_minimized(world: World, token: Token, node: str, why: str | None) -> Json:
    one = world.comments.get(_number(node, "IC"))
    if one is None:
        raise _missing(node)
    _need(world, token, world.repositories[one.repository_id], "pull_requests")
    world.comments[one.id] = replace(one, minimized=why)
    reason = why.lower() if why else None
    return {
        "minimizedComment": {"__typename": "IssueComment", "isMinimized": why is not None, "minimizedReason": reason}
    }


def _react(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    """Only reviews, since all else that takes a reaction has a REST twin for it."""
    one = world.reviews.get(_number(given["subjectId"], "PRR"))
    if one is None:
        raise _missing(given["subjectId"])
    _need(world, token, world.repositories[one.repository_id], "pull_requests")
    content = _REACTIONS[given["content"]]
    talk.react(world, ("reviews", one.id), world.users[token.user_id], content)
    return {"reaction": {"content": given["content"]}}


def _auto_merge(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    pull = _pull(world, token, given["pullRequestId"])
    pulls.enable_auto_merge(world, pull, token.user_id, given["mergeMethod"].lower())
    return {"pullRequest": {"id": given["pullRequestId"], "number": pull.number}}


def _ready(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    pull = _pull(world, token, given["pullRequestId"])
    pulls.set_draft(world, pull, token.user_id, draft=False)
    return {"pullRequest": {"id": given["pullRequestId"], "isDraft": False}}


def _pull(world: World, token: Token, node: str) -> Any:
    number = _number(node, "PR")
    found = next((pull for pull in world.pulls.values() if pull.id == number), None)
    if found is None:
        raise _missing(node)
    _need(world, token, world.repositories[found.repository_id], "pull_requests")
    return found


def _commit(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    where = given["branch"]
    owner, _, name = where.get("repositoryNameWithOwner", "").partition("/")
    repository = world.repository(owner, name)
    if repository is None:
        raise Refused(404, "Could not resolve to a Repository")
    _need(world, token, repository, "contents")
    git, ref = world.git(repository), f"refs/heads/{where['branchName'].removeprefix('refs/heads/')}"
    tip = git.resolve(ref)
    if tip is None or tip != given["expectedHeadOid"]:
        raise Refused(409, f'Expected branch to point to "{tip}" but it did not. Pull and try again.')
    changes = given.get("fileChanges", {})
    files: dict[str, bytes | None] = {one["path"]: None for one in changes.get("deletions", [])}
    files |= {one["path"]: base64.b64decode(one["contents"]) for one in changes.get("additions", [])}
    words = "\n\n".join(filter(None, (given["message"]["headline"], given["message"].get("body"))))
    sha = git.commit_files(tip, files, repositories.identity(world, world.users[token.user_id]), words)
    repositories.check_push(world, repository, tip, sha, token.permissions if token.installation_id else None)
    world.verified.add(sha)
    git.set_ref(ref, sha)
    repositories.moved(world, repository, ref, tip, sha, token.user_id)
    return {"commit": {"oid": sha, "id": node_id("C", sha)}}


def _answer(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    """The id of a thread is the id of its first comment, with another prefix."""
    node = given["pullRequestReviewThreadId"]
    first = world.review_comments.get(_number(node, "PRRT"))
    if first is None:
        raise _missing(node)
    _need(world, token, world.repositories[first.repository_id], "pull_requests")
    pull = world.pulls[first.repository_id, first.number]
    made = reviews.reply(world, pull, world.users[token.user_id], first.id, given["body"])
    return {"comment": {"id": node_id("PRRC", made.id), "databaseId": made.id}}


def _resolve(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    one = world.review_comments.get(_number(given["threadId"], "PRRT"))
    if one is None:
        raise _missing(given["threadId"])
    _need(world, token, world.repositories[one.repository_id], "pull_requests")
    world.review_comments[one.id] = replace(one, resolved=True)
    return {"thread": {"id": given["threadId"], "isResolved": True}}


def _update_refs(world: World, token: Token, given: Mapping[str, Json]) -> Json:
    """All or none, each only from where it is said to be; a sha of zeros means that there is no such ref."""
    repository = world.repositories.get(_number(given["repositoryId"], "R"))
    if repository is None:
        raise _missing(given["repositoryId"])
    _need(world, token, repository, "contents")
    git, refs = world.git(repository), world.git(repository).refs()
    for one in given["refUpdates"]:
        name, after = one["name"], one["afterOid"]
        before = refs.get(name)
        if one.get("beforeOid") not in (None, before or ZERO):
            raise Refused(422, f"{name} is not at {one['beforeOid']}")
        if name.removeprefix("refs/heads/") in repository.protected:
            raise Refused(422, f"Protected branch update failed for {name}")
        if after != ZERO and git.kind(after) != "commit":
            raise Refused(422, f"{after} is not a commit")
        if before and after != ZERO and not one.get("force") and not git.is_ancestor(before, after):
            raise Refused(422, f"{name}: update is not a fast forward")
        repositories.check_push(world, repository, before, after, token.permissions if token.installation_id else None)
    for one in given["refUpdates"]:
        before, after = refs.get(one["name"]), None if one["afterOid"] == ZERO else one["afterOid"]
        git.set_ref(one["name"], after)
        repositories.moved(world, repository, one["name"], before, after, token.user_id)
    return {}


_MUTATIONS: dict[str, Mutation] = {
    "addPullRequestReviewThreadReply": _answer,
    "addReaction": _react,
    "createCommitOnBranch": _commit,
    "enablePullRequestAutoMerge": _auto_merge,
    "markPullRequestReadyForReview": _ready,
    "minimizeComment": _minimize,
    "resolveReviewThread": _resolve,
    "unminimizeComment": _unminimize,
    "updateRefs": _update_refs,
}
