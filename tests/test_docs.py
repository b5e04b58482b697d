"""The documentation says what the code does: names, commands, metrics and links are compared, not trusted."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import pytest
import yaml
from prometheus_client import Metric

from bot import commands, guide, handlers, settings, up
from bot import work as working
from bot.cli import cli
from bot.commands import Call
from bot.core import model
from bot.core.config import parse_config
from bot.core.slash import Words
from bot.core.task import Where
from bot.database import Database
from bot.inbox import Inbox
from bot.reports import markdown
from bot.runners import runners
from bot.scheduler import KEEP_CHECKS_S, KEEP_DELIVERIES_S
from bot.settings import Settings
from bot.stages.fix import PARTIAL_REVERT, RESTORED_DECORATOR
from bot.web import Application
from tests.reports.samples import SAMPLES

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").glob("*.md")]
    if not path.name.startswith(".")
)
README, DEPLOYMENT = ROOT / "README.md", ROOT / "docs" / "deployment.md"
EXAMPLES = ROOT / "docs" / "examples"
UNITS = sorted(EXAMPLES.glob("*.service"))
_FENCES = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_LINKS = re.compile(r"\]\(([^)\s]+)\)")
_NAME = re.compile(r"[A-Z][A-Z_]{3,}")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    return _FENCES.sub("", text(path))


def section(path: Path, heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^## |\Z)", text(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path.name} has no section {heading!r}"
    return found[1]


def first_column(table: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


# ---- the environment


def variables() -> set[str]:
    """Every variable that the settings read: but for those of other programs, all words in capitals there."""
    tree = ast.parse(text(ROOT / "bot" / "settings.py"))
    found = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return {one for one in found if _NAME.fullmatch(one)} - settings._OTHERS - set(settings._OTHERS_PREFIXES)


def test_every_variable_is_in_the_deployment_guide_and_no_other_is() -> None:
    assert first_column(section(DEPLOYMENT, "3. Settings")) == variables()


def test_so_is_what_the_runner_gets_of_other_programs() -> None:
    told = section(DEPLOYMENT, "3. Settings")
    names = settings._OTHERS | {f"{prefix}_…" for prefix in settings._OTHERS_PREFIXES}
    assert {name for name in names if f"`{name}`" not in told} == set()


def test_the_variables_of_the_examples_exist() -> None:
    given = {"HOME", "PATH"}
    for unit in UNITS:
        names = re.findall(r"(?:^Environment=|\s)([A-Z_]{4,})=", text(unit), re.MULTILINE)
        assert set(names) <= variables() | given, unit.name
    named = re.findall(r"^(?:ENV |    )([A-Z_]{4,})=", text(EXAMPLES / "Dockerfile"), re.MULTILINE)
    assert set(named) <= variables() | given


def test_no_unit_but_the_workers_gets_the_key() -> None:
    web = text(EXAMPLES / "perfwright-web.service")
    assert "private-key" not in web
    assert "worker.env" not in web
    assert all("web.env" not in text(unit) for unit in UNITS if unit.stem != "perfwright-web")


# ---- commands


def test_the_image_gets_all_that_the_package_is_made_of() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["project"]["readme"], *wheel["packages"], *wheel["force-include"]}
    copied = re.findall(r"^COPY (.*) \S+$", text(EXAMPLES / "Dockerfile"), re.MULTILINE)
    assert needed == {name for names in copied for name in names.split()}


def test_every_command_is_told_of() -> None:
    said = "\n".join(text(page) for page in [README, *(ROOT / "docs").glob("*.md")])
    missing = [
        name for name in cli.commands if f"`perfwright {name}" not in said and f"\nperfwright {name}" not in said
    ]
    assert not missing


def started() -> list[tuple[str, str]]:
    """Every `perfwright …` that the documentation and the examples start."""
    lines = [
        (page, line)
        for page in [README, DEPLOYMENT]
        for _, _, code in _FENCES.findall(text(page))
        for line in code.splitlines()
    ]
    lines += [
        (unit, line.partition("=")[2])
        for unit in UNITS
        for line in text(unit).splitlines()
        if line.startswith("ExecStart")
    ]
    lines += [(ROOT / "Procfile", line.partition(": ")[2]) for line in text(ROOT / "Procfile").splitlines()]
    found = ((path.name, re.search(r"(?:^|/bin/|-- )perfwright +(.*)", line)) for path, line in lines)
    return [(name, match[1].split("#")[0].strip()) for name, match in found if match]


@pytest.mark.parametrize(("where", "line"), [pytest.param(*one, id=f"{one[0]}: {one[1]}") for one in started()])
def test_what_is_started_exists(where: str, line: str) -> None:
    word, *rest = line.split()
    known = cli.commands[word]
    options = {option for parameter in known.params for option in parameter.opts}
    assert {one for one in rest if one.startswith("--")} <= options


def test_units_are_there_for_every_process_of_the_procfile() -> None:
    kept = {unit.stem.removeprefix("perfwright-") for unit in UNITS}
    assert {line.split(":")[0] for line in text(ROOT / "Procfile").splitlines()} <= kept


def test_the_procfile_starts_what_up_starts() -> None:
    """So that nowhere a worker that measures is the one that reads what comes in."""
    lines = (line.split(": ") for line in text(ROOT / "Procfile").splitlines())
    commands = {name: command.removeprefix("perfwright ") for name, command in lines}
    kept = {one.name: " ".join(one.argv) for one in up.children(Path("socket")) if one.name != "runner"}
    assert commands.keys() == kept.keys()
    assert all(kept[name].endswith(command) for name, command in commands.items())


def test_the_table_of_slash_commands_is_the_one_that_the_bot_prints() -> None:
    call = Call(Words("help"), "alice", Where(1, 2, "alice/parser"), 3, "1" * 40, "comment4-0")
    assert commands.find("help").answer(call).reply in text(README)


def test_the_page_on_benchmarks_has_every_runner_and_no_other() -> None:
    assert first_column(text(ROOT / "docs" / "benchmarks.md")) == set(runners())


def test_the_configuration_of_the_readme_can_be_read() -> None:
    (example,) = [code for _, language, code in _FENCES.findall(text(README)) if language == "yaml"]
    assert set(yaml.safe_load(example)) >= {"install", "benchmarks", "threshold", "fixes", "sweep", "forks"}
    parse_config(example, source="README.md")


# ---- metrics and pages


def application() -> Application:
    return Application(
        Settings(home=ROOT, data=ROOT, webhook_secret="s"), Inbox(Database("sqlite://")), lambda _ids: None
    )


def metrics() -> set[str]:
    found: list[Metric] = list(application()._registry.collect())
    return {f"{one.name}_total" if one.type == "counter" else one.name for one in found}


def test_every_metric_is_in_the_deployment_guide_and_no_other_is() -> None:
    assert {
        one for one in first_column(section(DEPLOYMENT, "Monitoring")) if one.startswith("perfwright_")
    } == metrics()


def test_the_addresses_of_the_deployment_guide_are_served() -> None:
    served = {rule.rule for rule in application().flask.url_map.iter_rules()}
    assert {one for one in first_column(section(DEPLOYMENT, "Monitoring")) if one.startswith("/")} <= served


def test_what_is_kept_is_kept_as_long_as_the_deployment_guide_says() -> None:
    told = section(DEPLOYMENT, "Backup")
    assert all(f"{seconds / 86400:.0f} days" in told for seconds in (KEEP_DELIVERIES_S, KEEP_CHECKS_S))


# ---- the house


@pytest.mark.parametrize("room", ["handlers", "commands", "work", "runners", "reports", "sandbox"])
def test_the_page_on_adding_names_every_room(room: str) -> None:
    assert f"`bot/{room}/<" in text(ROOT / "docs" / "adding.md")


def test_files_that_are_named_exist() -> None:
    """Whatever looks like a path of this repository, in any page but those about decisions, which may be old."""
    missing = []
    for page in [README, *(ROOT / "docs").glob("*.md")]:
        for named in re.findall(r"`((?:bot|codemods|rules|tests|scripts|demo|docs)/[\w./-]+)`", prose(page)):
            if not (ROOT / named).exists():
                missing.append(f"{page.name}: {named}")
    assert not missing


def test_the_glossary_has_each_word_once_and_in_order() -> None:
    words = re.findall(r"^\| ([^|]+) \| ", text(ROOT / "docs" / "glossary.md"), re.MULTILINE)[1:]
    assert words == sorted(set(words), key=str.lower)
    assert len(working.kinds()) > 0
    assert {"delivery", "inbox", "task", "step", "lease", "mirror", "desk", "publisher"} <= set(words)


def shown() -> set[str]:
    """Verdicts, metrics, statuses of fixes and titles of columns, as reports have them."""
    titles = re.findall(r"^\|(.+)\|\n\|:", "\n".join(map(markdown.render, SAMPLES.values())), re.MULTILINE)
    columns = {title.partition(" (")[0].strip() for row in titles for title in row.split("|")}
    return {
        *get_args(model.Word),
        *get_args(model.Metric),
        *get_args(model.FixStatus),
        *columns,
        PARTIAL_REVERT,
        RESTORED_DECORATOR,
    }


def test_every_word_of_a_report_is_in_the_glossary() -> None:
    assert {"interval", "verdict", "reason"} <= shown()
    assert not shown() - guide.meanings().keys()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    told = text(ROOT / "docs" / "decisions" / "dependencies.md")
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=]", one)[0] for one in wanted}
    assert not {name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", told)}


def test_the_events_that_are_told_of_are_handled() -> None:
    assert set(yaml.safe_load(text(ROOT / "app.yml"))["default_events"]) <= set(handlers.events())


# ---- links


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_relative_links_resolve(page: Path) -> None:
    broken = []
    for link in _LINKS.findall(re.sub(r"`[^`\n]+`", "", prose(page))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken
