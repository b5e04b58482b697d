"""The pages that people see, and the app's registration, against the stand-in for GitHub."""

from __future__ import annotations

import hashlib
import hmac
import re
import stat
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

import msgspec
import pytest
from a2wsgi import ASGIMiddleware
from werkzeug.test import Client

from bot import guide, handlers, settings
from bot.core.ledger import Saving
from bot.database import Database
from bot.errors import TransientError, UserError
from bot.inbox import Inbox
from bot.settings import Settings, write_credentials
from bot.tasks import Tasks
from bot.web import create_app
from tests.github.contract import examples
from tests.github.fake import FakeGitHub
from tests.reports.build import everywhere
from tests.reports.hostile import HOSTILE
from tests.reports.samples import CHANGED

SECRET = "s3cret"


class Site:
    """The application in this process."""

    def __init__(self, place, wake=lambda _ids: None, **more) -> None:
        database = Database(f"sqlite:///{place}/app.db")
        self.inbox, self.tasks = Inbox(database), Tasks(database)
        fields = {"webhook_secret": SECRET, **more}
        self.settings = Settings(home=place / "home", data=place / "data", **fields)
        self.client = Client(ASGIMiddleware(create_app(self.settings, self.inbox, wake, self.tasks)))

    def get(self, path: str):
        return self.client.get(path)

    def deliver(self, event: str, body: bytes, identity: str = "guid", secret: str = SECRET):
        signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": identity, "X-Hub-Signature-256": signature}
        return self.client.post("/api/github/webhooks", data=body, headers=headers)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/metrics", "/ledger", "/docs/glossary", "/docs/statistics"]
)
def test_every_page_answers_and_runs_no_script(site, path):
    answer = site.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script" not in answer.headers["Content-Security-Policy"]


def test_a_page_that_is_not_there(site):
    assert site.get("/reports/check:1:2:abc").status_code == 404
    assert site.get("/docs/security").status_code == 404
    assert site.get("/../../etc/passwd").status_code == 404


def test_what_an_explanation_links_to_is_there(site):
    said = "\n".join(guide.linked(meaning, "/docs") for meaning in guide.meanings().values())
    links = {tuple(link.split("#")) for link in re.findall(r"\]\(([^)]+)\)", said)}
    assert len(links) > 5
    assert all(f'<h2 id="{heading}">' in site.get(page).text for page, heading in links)
    assert "decisions/claims.md" not in site.get("/docs/statistics").text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_a_report_of_hostile_text_is_inert(site, text):
    site.tasks.learn("report", 7, "check:7:5:abc", msgspec.json.encode(everywhere(text.replace("\ud800", ""))), 0.0)
    answer = site.get("/reports/check:7:5:abc")
    tags = _Tags()
    tags.feed(answer.text)
    assert answer.status_code == 200
    assert {tag for tag, _ in tags.found} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h4", "p", "strong", "em", "code", "pre", "ul",
        "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "footer", "br",
    }  # fmt: skip
    assert not [attributes for _, attributes in tags.found if any(name.startswith("on") for name in attributes)]


def test_a_report_says_what_was_found(site):
    site.tasks.learn("report", 7, "check:7:5:abc", msgspec.json.encode(CHANGED), 0.0)
    shown = site.get("/reports/check:7:5:abc").text
    assert "URL.build" in shown
    assert "2.76×" in shown


def test_what_could_not_be_measured_says_why(site):
    site.tasks.learn("failure", 7, "check:7:5:abc", b'{"message": "no <b>such</b> package", "detail": "line"}', 0.0)
    shown = site.get("/reports/check:7:5:abc").text
    assert "Could not measure" in shown
    assert "<b>such" not in shown


def test_the_ledger_adds_up(site):
    saving = Saving(5, "a" * 40, "b::<x>", 0.5, 3_000_000, "instructions", 0.0)
    declared = Saving(6, "b" * 40, "b::y", 0.5, 3_000_000, "instructions", 0.0, 2_000.0)
    site.tasks.learn("ledger", 7, "a", msgspec.json.encode([saving, declared]), 0.0)
    shown = site.get("/ledger").text
    assert "at the call rates that repositories declare: 2.00 CPU seconds" in shown
    assert "1,000,000 calls a day are assumed: 1,000.00 CPU seconds" in shown
    assert "1,000,000 (assumed)" in shown
    assert "<x>" not in shown


def test_metrics_count_what_came(site):
    site.deliver("push", b"{}")
    site.deliver("push", b"{}", secret="wrong")
    site.deliver("star", b"{}", "other")
    shown = site.get("/metrics").text
    assert 'perfwright_deliveries_total{event="push",outcome="stored"} 1.0' in shown
    assert 'perfwright_deliveries_total{event="push",outcome="refused"} 1.0' in shown
    assert 'perfwright_deliveries_total{event="other",outcome="dropped"} 1.0' in shown
    assert "perfwright_inbox_waiting 1.0" in shown


def test_a_dead_queue_costs_no_delivery(tmp_path):
    def wake(_ids):
        raise TransientError("the queue cannot be reached")

    site = Site(tmp_path, wake)
    assert site.deliver("push", b"{}").status_code == 202
    assert site.inbox.known(["guid"]) == {"guid"}


EVENTS = sorted({name for name, _ in examples()} & {*handlers.events(), "ping"})


@pytest.mark.parametrize("event", EVENTS)
def test_githubs_own_examples_are_accepted_and_handled(site, event):
    bodies = [msgspec.json.encode(payload) for name, payload in examples() if name == event]
    for number, body in enumerate(bodies):
        assert site.deliver(event, body, f"{event}{number}").json == {"stored": True}
        kept = site.inbox.lease(f"{event}{number}", "worker", 0.0, 60)
        handlers.handle(kept.event, kept.body, kept.id)
    assert bodies


def test_every_event_that_we_handle_has_examples():
    assert {*handlers.events()} <= set(EVENTS)


# ---- registration


@pytest.fixture
def github(tmp_path):
    with FakeGitHub(directory=tmp_path / "github") as github:
        yield github


@pytest.fixture
def bare(tmp_path, github, caplog):
    """A site without credentials, and the token that its log shows."""
    caplog.set_level("WARNING")
    site = Site(tmp_path, webhook_secret=None, github_url=github.url, api_url=github.api_url)
    return site, re.search(r"token=(\S+)", caplog.text)[1]  # type: ignore[index]


def form(page: str) -> tuple[str, bytes]:
    tags = _Tags()
    tags.feed(page)
    action = next(attributes["action"] for tag, attributes in tags.found if tag == "form")
    manifest = next(attributes["value"] for tag, attributes in tags.found if tag == "input")
    return str(action), urllib.parse.urlencode({"manifest": manifest}).encode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def agree(page: str) -> str:
    """What a person's browser does: post the form, and follow GitHub back to us."""
    action, body = form(page)
    try:
        urllib.request.build_opener(_Stay).open(action, body)
    except urllib.error.HTTPError as answer:
        return urllib.parse.urlsplit(answer.headers["Location"]).query
    raise AssertionError("GitHub did not send us back")


def test_registering_the_app_once(bare):
    site, token = bare
    assert "No GitHub App is registered" in site.get("/").text
    assert site.deliver("push", b"{}").status_code == 503
    query = agree(site.get(f"/setup?token={token}").text)
    assert site.get(f"/setup/callback?{query}").status_code == 303
    file = site.settings.credentials
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    names = {line.partition("=")[0] for line in file.read_text().splitlines()}
    assert names == {"APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"}  # no secret that nobody needs
    known = settings.read("worker", {"PERFWRIGHT_DATA": str(site.settings.data)})
    assert "BEGIN RSA PRIVATE KEY" in (known.private_key or "")
    secret = settings.read("web", {"PERFWRIGHT_DATA": str(site.settings.data)}).webhook_secret
    assert site.deliver("push", b"{}", secret=secret).status_code == 202
    assert "is running" in site.get("/").text
    for again in (f"/setup?token={token}", f"/setup/callback?{query}"):
        assert "registered already" in site.get(again).text


@pytest.mark.parametrize(
    ("address", "says"),
    [
        pytest.param("/setup", "lacks the token", id="no token"),
        pytest.param("/setup?token=guess", "lacks the token", id="another token"),
        pytest.param("/setup/callback?code=abc&state=guess", "belongs to no form", id="an answer to nothing"),
    ],
)
def test_nobody_else_registers(bare, address, says):
    site, _token = bare
    answer = site.get(address)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert not site.settings.credentials.exists()


def test_a_code_that_github_does_not_know(bare):
    site, token = bare
    state = form(site.get(f"/setup?token={token}").text)[0].partition("state=")[2]
    assert "refused the code" in site.get(f"/setup/callback?code=abc&state={state}").text
    assert "belongs to no form" in site.get(f"/setup/callback?code=abc&state={state}").text


# ---- settings


def test_each_level_gets_its_own_secrets(tmp_path):
    write_credentials(tmp_path / settings.CREDENTIALS, {"APP_ID": "1", "PRIVATE_KEY": "a\nb", "WEBHOOK_SECRET": "s"})
    given = {"PERFWRIGHT_DATA": str(tmp_path), "REDIS_URL": "redis://:pw@h", "DATABASE_URL": "postgresql://u:pw@h/d"}
    web, worker, runner = (settings.read(level, given) for level in ("web", "worker", "runner"))  # type: ignore[arg-type]
    assert (web.webhook_secret, web.private_key) == ("s", None)
    assert (worker.webhook_secret, worker.private_key) == (None, "a\nb")
    secrets = (runner.webhook_secret, runner.private_key, runner.app_id, runner.redis_url, runner.database_url)
    assert not any(secrets)
    for known in (web, worker):
        assert not re.search(r"pw|a\\nb|'s'", repr(known))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "x"),
        ("PORT", "70000"),
        ("GITHUB_URL", "github"),
        ("PERFWRIGHT_URL", "ftp://x"),
        ("GITHUB_API_URL", "/"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(name, value):
    with pytest.raises(UserError, match=name) as told:
        settings.read("web", {name: value})
    assert "\n" not in str(told.value)


def test_a_key_that_cannot_be_read():
    with pytest.raises(
        UserError, match=r"^PRIVATE_KEY_PATH /nowhere/key\.pem cannot be read: No such file or directory$"
    ):
        settings.read("worker", {"PRIVATE_KEY_PATH": "/nowhere/key.pem"})
