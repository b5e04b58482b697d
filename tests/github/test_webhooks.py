"""Deliveries: signed, in order, logged, again only when asked, and each within its schema."""

from __future__ import annotations

import json

import pytest
from githubkit.webhooks import verify

from tests.github.conftest import Door, Scene
from tests.github.fake import FakeGitHub


def test_a_delivery_is_signed_and_says_what_it_is(scene: Scene, door: Door) -> None:
    scene.github.settle()
    headers, body = next(one for one in door.got if one[0]["x-github-event"] == "pull_request")
    assert verify(scene.github.app.webhook_secret, body, headers["x-hub-signature-256"])
    assert headers["x-github-hook-installation-target-type"] == "integration"
    payload = json.loads(body)
    assert payload["installation"]["id"] == scene.installation.id
    assert (payload["number"], payload["sender"]["login"]) == (scene.pull.number, "bob")
    assert payload["pull_request"]["head"]["sha"] == scene.pull.head_sha


def test_the_events_of_a_pull_requests_life(scene: Scene, door: Door) -> None:
    alice, bob, pull = scene.alice, scene.bob, scene.pull
    scene.github.settle()
    door.got.clear()
    pull.push({"parser.py": "a = 1\n"}, by=bob)
    pull.draft(by=bob)
    pull.ready(by=bob)
    pull.edit(by=bob, title="Eleven in words")
    pull.label("slow", by=alice)
    pull.close(by=alice)
    pull.reopen(by=bob)
    said = pull.comment("/perf help", by=bob)
    said.edit("/perf status", by=bob)
    said.delete(by=bob)
    note = pull.note("parser.py", 1, "why?", by=alice)
    note.reply("because", by=bob)
    pull.review(by=alice, event="APPROVE")
    pull.queue(by=alice)
    pull.unqueue(by=alice)
    pull.merge(by=alice)
    scene.repo.set_branch("ten", None)
    scene.github.settle()
    assert door.events() == [
        ("push", None),
        ("check_suite", "requested"),
        ("pull_request", "synchronize"),
        ("pull_request", "converted_to_draft"),
        ("pull_request", "ready_for_review"),
        ("pull_request", "edited"),
        ("pull_request", "labeled"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("pull_request_review", "submitted"),
        ("pull_request_review_comment", "created"),
        ("pull_request_review", "submitted"),
        ("pull_request_review_comment", "created"),
        ("pull_request_review", "submitted"),
        ("check_suite", "requested"),
        ("merge_group", "checks_requested"),
        ("merge_group", "destroyed"),
        ("pull_request", "closed"),
        ("push", None),
        ("check_suite", "requested"),
        ("push", None),
    ]
    scene.github.check()


def test_the_events_of_an_installation_and_a_repository(scene: Scene, door: Door) -> None:
    github, alice, repo = scene.github, scene.alice, scene.repo
    other = github.repository("alice/other", {"a.py": "a = 1\n"})
    github.settle()
    door.got.clear()
    scene.installation.add(other, by=alice)
    scene.installation.remove(other, by=alice)
    scene.installation.suspend(alice)
    repo.push("quiet", {"a.py": "1\n"})
    scene.installation.unsuspend(alice)
    repo.rename("reader")
    repo.archive()
    repo.unarchive()
    github.ping()
    scene.installation.delete(alice)
    repo.push("quiet", {"a.py": "2\n"})
    github.settle()
    assert door.events() == [
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("repository", "renamed"),
        ("repository", "archived"),
        ("repository", "unarchived"),
        ("ping", None),
        ("installation", "deleted"),
    ]
    github.check()


def test_a_transferred_repository_leaves_the_installation(scene: Scene, door: Door) -> None:
    scene.github.settle()
    door.got.clear()
    scene.repo.transfer(scene.bob)
    scene.github.settle()
    assert door.events() == [("installation_repositories", "removed")]


def test_what_the_app_does_itself_is_sent_by_a_bot(scene: Scene, door: Door) -> None:
    with scene.client() as client:
        client.post(f"{scene.path}/issues/{scene.pull.number}/comments", json={"body": "hello"}).raise_for_status()
    scene.github.settle()
    payload = json.loads(door.got[-1][1])
    assert payload["sender"]["type"] == "Bot"
    assert payload["comment"]["performed_via_github_app"]["id"] == scene.github.app.id


def test_a_redelivery_has_the_same_guid_and_comes_only_when_asked_for(scene: Scene, door: Door) -> None:
    github = scene.github
    github.settle()
    door.status = 500
    scene.pull.comment("hello", by=scene.bob)
    failed = github.settle()[-1]
    assert (failed.status_code, failed.ok) == (500, False)
    door.status = 202
    with scene.as_app() as client:
        listed = client.get("app/hook/deliveries", params={"status": "failure"}).json()
        assert [one["guid"] for one in listed] == [failed.guid]
        assert client.post(f"app/hook/deliveries/{failed.id}/attempts").status_code == 202
        again = github.settle()[-1]
        assert (again.guid, again.redelivery, again.ok) == (failed.guid, True, True)
        shown = client.get(f"app/hook/deliveries/{again.id}").json()
        assert shown["request"]["payload"]["comment"]["body"] == "hello"


def test_deliveries_can_be_held_and_released_in_another_order(scene: Scene, door: Door) -> None:
    github = scene.github
    github.settle()
    door.got.clear()
    github.webhooks.hold()
    for text in ("one", "two", "three"):
        scene.pull.comment(text, by=scene.bob)
    first, second, third = github.webhooks.held()
    github.webhooks.release([third, first])
    github.settle()
    assert [json.loads(body)["comment"]["body"] for _, body in door.got] == ["three", "one"]
    assert github.webhooks.log[second.id].status == "lost"


def test_deliveries_doubled_tampered_unsigned_and_malformed(scene: Scene, door: Door) -> None:
    github = scene.github
    real = github.settle()[-1]
    door.got.clear()
    github.duplicate(real)
    github.tamper(real, b'{"action": "opened"}')
    github.deliver("push", b"{}", signature="")
    github.deliver("push", b"{not json")
    github.settle()
    (twice, _), (tampered, body), (unsigned, _), (_, junk) = door.got
    assert twice["x-github-delivery"] == real.guid
    assert not verify(github.app.webhook_secret, body, tampered["x-hub-signature-256"])
    assert "x-hub-signature-256" not in unsigned
    assert junk == b"{not json"


def test_a_bot_that_is_down_is_a_failed_delivery(github: FakeGitHub) -> None:
    github.send_webhooks_to("http://127.0.0.1:9/webhook")
    github.repository("alice/parser", {"a.py": "1\n"}).install()
    assert [(one.event, one.status_code) for one in github.settle()] == [("installation", 0)]


def test_an_app_without_the_permission_is_told_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("github")
    with FakeGitHub(directory=directory, permissions={"contents": "read"}) as github:
        repo = github.repository("alice/parser", {"a.py": "1\n"})
        repo.install()
        repo.push("other", {"a.py": "2\n"})
        repo.open_pull(head="other")
        assert [one.event for one in github.settle()] == ["installation", "push"]


def test_an_event_outside_its_schema_is_a_fault_of_the_stand_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    github = FakeGitHub(directory=tmp_path_factory.mktemp("github"))
    repo = github.repository("alice/parser", {"a.py": "1\n"})
    repo.install()
    github.world.emit("pull_request", "opened", repo.now, repo.owner.id, number=1)
    github.close()
    with pytest.raises(AssertionError, match="pull_request"):
        github.check()
