"""Pull requests, reviews and comments on the diff over the API.

Partner: `acts/pulls.py` and `acts/reviews.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.github.acts import pulls as act
from tests.github.acts import reviews
from tests.github.call import Answer, Call, operation
from tests.github.render import accounts, commits
from tests.github.render import talk as render
from tests.github.rules import Refused, check_body, invalid, not_found
from tests.github.state import Review, ReviewComment

Json = Any

_READ, _WRITE = "pull_requests:read", "pull_requests:write"


@operation("pulls/create", _WRITE, 201)
def create(call: Call) -> Json:
    body = call.body
    if "title" not in body:
        raise invalid("PullRequest", "title", "missing_field")
    made = act.open_pull(
        call.world,
        call.repository,
        call.actor,
        title=body["title"],
        body=body.get("body"),
        head=body["head"],
        base=body["base"],
        draft=body.get("draft", False),
        maintainer_can_modify=body.get("maintainer_can_modify"),
        app_id=call.app_id,
    )
    return render.full_pull(call.world, call.world.pulls[made.repository_id, made.number])


@operation("pulls/get", _READ)
def get(call: Call) -> Json:
    return render.full_pull(call.world, call.pull())


@operation("pulls/list", _READ)
def list_(call: Call) -> Json:
    world, query = call.world, call.query
    state = query.get("state", "open")
    found = []
    for pull in world.pulls.values():
        label = f"{world.users[pull.head_owner_id].login}:{pull.head_ref}"
        if (
            pull.repository_id == call.repository.id
            and state in ("all", world.issues[pull.repository_id, pull.number].state)
            and query.get("head", label).lower() == label.lower()
            and query.get("base", pull.base_ref) == pull.base_ref
        ):
            found.append(pull)
    newest = query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "desc"
    found.sort(key=lambda pull: pull.number, reverse=newest)
    return [render.pull(world, pull) for pull in call.page(found)]


@operation("pulls/update", _WRITE)
def update(call: Call) -> Json:
    pull, body, by = call.pull(), call.body or {}, call.actor.id
    act.edit(call.world, pull, by, title=body.get("title"), body=body.get("body"), base=body.get("base"))
    if "state" in body:
        act.set_state(call.world, call.pull(), body["state"], by)
    return render.full_pull(call.world, call.pull())


@operation("pulls/list-commits", _READ)
def list_commits(call: Call) -> Json:
    pull, git = call.pull(), call.world.git(call.repository)
    found = git.log(f"{pull.base_sha}..{pull.head_sha}")[::-1]
    return [commits.commit(call.world, call.repository, one) for one in call.page(found)]


@operation("pulls/list-files", _READ)
def list_files(call: Call) -> Json:
    pull, git = call.pull(), call.world.git(call.repository)
    base = git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return list(call.page(commits.changed_files(call.world, call.repository, base, pull.head_sha)[:3000]))


@operation("pulls/check-if-merged", _READ, 204)
def check_if_merged(call: Call) -> Json:
    if call.pull().merged_at is None:
        return Answer(404)
    return None


@operation("pulls/merge", "contents:write")
def merge(call: Call) -> Json:
    body = call.body or {}
    sha = act.merge(
        call.world, call.pull(), call.actor, method=body.get("merge_method", "merge"), sha=body.get("sha"),
        title="\n\n".join(filter(None, (body.get("commit_title"), body.get("commit_message")))),
    )  # fmt: skip
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


@operation("pulls/update-branch", _WRITE, 202)
def update_branch(call: Call) -> Json:
    pull, wanted = call.pull(), (call.body or {}).get("expected_head_sha")
    if wanted and wanted != pull.head_sha:
        raise Refused(422, "expected_head_sha does not match the current head")
    act.update_branch(call.world, pull, call.actor)
    return {"message": "Updating pull request branch.", "url": call.url.removesuffix("/update-branch")}


def _review(call: Call) -> Review:
    found = call.one_of(call.world.reviews, "review_id")
    hidden = found.state == "PENDING" and found.user_id != call.actor.id
    if found.number != call.pull().number or hidden:
        raise not_found()
    return found


@operation("pulls/create-review", _WRITE)
def create_review(call: Call) -> Json:
    body = call.body or {}
    made, _ = reviews.review(
        call.world,
        call.pull(),
        call.actor,
        event=body.get("event") or "PENDING",
        body=body.get("body", ""),
        comments=body.get("comments", []),
        commit_id=body.get("commit_id"),
    )
    return render.review(call.world, made)


@operation("pulls/list-reviews", _READ)
def list_reviews(call: Call) -> Json:
    pull = call.pull()
    viewer = call.token.user_id if call.token else None
    found = [
        one
        for one in call.world.reviews.values()
        if (one.repository_id, one.number) == (pull.repository_id, pull.number)
        and (one.state != "PENDING" or one.user_id == viewer)
    ]
    return [render.review(call.world, one) for one in call.page(found)]


@operation("pulls/get-review", _READ)
def get_review(call: Call) -> Json:
    return render.review(call.world, _review(call))


@operation("pulls/update-review", _WRITE)
def update_review(call: Call) -> Json:

    one = _review(call)
    check_body("PullRequestReview", call.body["body"])
    if one.user_id != call.actor.id:
        raise Refused(403, "Must have admin rights to Repository.")
    call.world.reviews[one.id] = replace(one, body=call.body["body"])
    return render.review(call.world, call.world.reviews[one.id])


@operation("pulls/delete-pending-review", _WRITE)
def delete_review(call: Call) -> Json:
    one = _review(call)
    if one.state != "PENDING":
        raise Refused(422, "Can not delete a non-pending pull request review")
    rendered = render.review(call.world, one)
    for note in [note for note in call.world.review_comments.values() if note.review_id == one.id]:
        del call.world.review_comments[note.id]
    del call.world.reviews[one.id]
    return rendered


@operation("pulls/submit-review", _WRITE)
def submit_review(call: Call) -> Json:
    made = reviews.submit(call.world, _review(call), call.body["event"], call.body.get("body", ""), call.actor)
    return render.review(call.world, made)


@operation("pulls/dismiss-review", _WRITE)
def dismiss_review(call: Call) -> Json:
    return render.review(call.world, reviews.dismiss(call.world, _review(call), call.actor))


@operation("pulls/list-comments-for-review", _READ)
def list_review_notes(call: Call) -> Json:
    one = _review(call)
    found = [note for note in call.world.review_comments.values() if note.review_id == one.id]
    return [render.review_comment(call.world, note) for note in call.page(found)]


def _notes(call: Call, number: int | None) -> Json:
    found = [
        note
        for note in call.since(list(call.world.review_comments.values()))
        if note.repository_id == call.repository.id
        and number in (None, note.number)
        and call.world.reviews[note.review_id].state != "PENDING"
    ]
    return [render.review_comment(call.world, note) for note in call.page(found)]


@operation("pulls/list-review-comments", _READ)
def list_notes(call: Call) -> Json:
    return _notes(call, call.pull().number)


@operation("pulls/list-review-comments-for-repo", _READ)
def list_all_notes(call: Call) -> Json:
    return _notes(call, None)


@operation("pulls/create-review-comment", _WRITE, 201)
def create_note(call: Call) -> Json:
    return render.review_comment(call.world, reviews.note(call.world, call.pull(), call.actor, call.body))


@operation("pulls/create-reply-for-review-comment", _WRITE, 201)
def create_reply(call: Call) -> Json:
    first = call.number("comment_id")
    return render.review_comment(
        call.world, reviews.reply(call.world, call.pull(), call.actor, first, call.body["body"])
    )


def _note(call: Call) -> ReviewComment:
    return call.one_of(call.world.review_comments, "comment_id")


@operation("pulls/get-review-comment", _READ)
def get_note(call: Call) -> Json:
    return render.review_comment(call.world, _note(call))


@operation("pulls/update-review-comment", _WRITE)
def update_note(call: Call) -> Json:
    one = _note(call)
    call.only_own(one.user_id)
    return render.review_comment(call.world, reviews.edit_note(call.world, one, call.body["body"], call.actor.id))


@operation("pulls/delete-review-comment", _WRITE, 204)
def delete_note(call: Call) -> Json:
    one = _note(call)
    call.only_own(one.user_id)
    reviews.delete_note(call.world, one, call.actor.id)


def _reviewers(call: Call, *, remove: bool) -> Json:
    people = [call.world.user(login) for login in call.body.get("reviewers", [])]
    if any(user is None or call.world.role(call.repository, user.id) == "none" for user in people):
        raise Refused(422, "Reviews may only be requested from collaborators.")
    act.request_reviewers(call.world, call.pull(), [user for user in people if user], call.actor.id, remove=remove)
    return render.pull(call.world, call.pull())


@operation("pulls/request-reviewers", _WRITE, 201)
def request_reviewers(call: Call) -> Json:
    return _reviewers(call, remove=False)


@operation("pulls/remove-requested-reviewers", _WRITE)
def remove_reviewers(call: Call) -> Json:
    return _reviewers(call, remove=True)


@operation("pulls/list-requested-reviewers", _READ)
def list_reviewers(call: Call) -> Json:
    users = [accounts.user(call.world, call.world.users[number]) for number in call.pull().reviewers]
    return {"users": users, "teams": []}
