"""Each level has an account of its own where root may give one, and can open nothing of another's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import accounts, settings
from bot.accounts import Places

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give accounts")
LEVELS = ("web", "worker", "runner")
LOOK = """
import json, os, sys
from pathlib import Path
def may(act, *paths):
    found = []
    for path in paths:
        try: act(path)
        except OSError: continue
        found.append(path.rsplit("/", 1)[-1])
    return found
data, home = sys.argv[1:]
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
kept = [f"{data}/{name}" for name in ("credentials.env", "key.env", "perfwright.db")]
store = f"{home}/publisher/mirrors"
read = lambda path: open(path, "rb").close()
write = lambda path: open(path + "/new", "wb").close()
print(json.dumps({
    "ids": [os.getresuid(), os.getresgid()],
    "privileges": [status["CapEff"].strip(), status["CapPrm"].strip(), status["NoNewPrivs"].strip()],
    "reads": may(read, *kept, store + "/HEAD"),
    "writes": may(write, data, home + "/publisher", store, home + "/runner"),
    "home": os.environ["PERFWRIGHT_HOME"],
}))
try:
    os.setuid(0)
    print("root again")
except OSError: pass
"""


@pytest.fixture
def places(tmp_path) -> Places:
    made = Places(tmp_path / "data", tmp_path / "home")
    made.data.mkdir()
    settings.write_credentials(
        made.data / settings.CREDENTIALS, {"APP_ID": "1", "PRIVATE_KEY": "a\nkey", "WEBHOOK_SECRET": "s"}
    )
    (made.data / "perfwright.db").write_bytes(b"")
    return made


def run(level: str, places: Places, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PERFWRIGHT_DATA": str(places.data), "PERFWRIGHT_HOME": str(places.home)}
    argv = [*accounts.prefix(level), *command]
    return subprocess.run(
        argv, env=environment, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )


@pytest.fixture
def looked(places):
    places.prepare()
    (places.of("worker") / "mirrors/HEAD").write_text("ref")
    os.chown(places.of("worker") / "mirrors/HEAD", -1, accounts.account("runner").gid)
    (places.of("worker") / "mirrors/HEAD").chmod(0o640)

    def looked(level: str) -> dict[str, object]:
        answer = run(level, places, sys.executable, "-c", LOOK, str(places.data), str(places.home))
        assert "root again" not in answer.stdout
        return json.loads(answer.stdout)

    return looked


@root
@pytest.mark.parametrize("level", LEVELS)
def test_root_is_left_for_good(looked, places, level):
    seen, own = looked(level), accounts.account(level)
    assert seen["ids"] == [[own.uid] * 3, [own.gid] * 3]
    assert seen["privileges"] == ["0" * 16, "0" * 16, "1"]
    assert seen["home"] == str(places.of(level))


@root
@pytest.mark.parametrize(
    ("level", "reads", "writes"),
    [
        pytest.param("web", ["credentials.env", "perfwright.db"], ["data"], id="web has no key and no git store"),
        pytest.param(
            "worker", ["key.env", "perfwright.db", "HEAD"], ["data", "publisher", "mirrors"],
            id="publisher has no webhook secret",
        ),
        pytest.param("runner", ["HEAD"], ["runner"], id="runner reads git stores and nothing else"),
    ],
)  # fmt: skip
def test_a_level_opens_what_is_its_own(looked, level, reads, writes):
    seen = looked(level)
    assert seen["reads"] == reads
    assert seen["writes"] == writes


@root
def test_a_key_that_only_root_may_read_reaches_the_publisher_alone(places, monkeypatch, tmp_path):
    (tmp_path / "key.pem").write_text("the\nkey\n")
    (tmp_path / "key.pem").chmod(0o600)
    (places.data / settings.CREDENTIALS).unlink()
    for name, value in {"PRIVATE_KEY_PATH": str(tmp_path / "key.pem"), "APP_ID": "1", "WEBHOOK_SECRET": "s"}.items():
        monkeypatch.setenv(name, value)
    see = "import os; print(sorted(n for n in os.environ if n in ('PRIVATE_KEY', 'APP_ID', 'WEBHOOK_SECRET')))"
    assert run("worker", places, sys.executable, "-c", see).stdout == "['APP_ID', 'PRIVATE_KEY']\n"
    assert run("web", places, sys.executable, "-c", see).stdout == "['WEBHOOK_SECRET']\n"
    assert run("runner", places, sys.executable, "-c", see).stdout == "[]\n"


@root
def test_what_lies_behind_roots_door_is_shown_and_nothing_beside_it(tmp_path):
    door = tmp_path / "door"
    (door / "data").mkdir(parents=True)
    (door / "secret").write_text("x")
    door.chmod(0o700)
    places = Places(door / "data", door / "home")
    seen = run("worker", places, "/bin/ls", "-A", str(door)).stdout.split()
    assert seen == ["data", "home"]


@root
def test_a_link_that_an_account_has_put_there_is_not_followed(places, tmp_path):
    places.prepare()
    mine = tmp_path / "mine"
    mine.write_text("x")
    mine.chmod(0o600)
    (places.data / "perfwright.db-wal").symlink_to(mine)
    os.link(mine, places.data / "perfwright.db-shm")
    places.prepare()
    assert (mine.stat().st_uid, mine.stat().st_mode & 0o777) == (0, 0o600)


def test_a_runner_of_the_same_account_finds_the_data_empty(tmp_path):
    (tmp_path / "credentials.env").write_text("PRIVATE_KEY=x")
    see = "import os, sys; print(os.listdir(sys.argv[1]), os.getuid())"
    argv = accounts.blinded(tmp_path, sys.executable, "-c", see, str(tmp_path))
    answer = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert answer.stdout == f"[] {os.getuid()}\n"
    assert (tmp_path / "credentials.env").exists()


def test_nobody_of_the_same_account_looks_into_a_shielded_process(tmp_path):
    code = "import sys; from bot import accounts; accounts.shield(); print('shut', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[1]) as one:
        assert one.stdout.readline() == b"shut\n"
        assert Path(f"/proc/{one.pid}/environ").stat().st_uid == 0
        one.stdin.close()


def test_no_level_is_started_with_the_secrets_of_another():
    given = {
        "APP_ID": "1",
        "PRIVATE_KEY": "k",
        "WEBHOOK_SECRET": "s",
        "DATABASE_URL": "d",
        "REDIS_URL": "r",
        "PATH": "p",
    }
    assert set(settings.environment("web", given)) == {"WEBHOOK_SECRET", "DATABASE_URL", "REDIS_URL", "PATH"}
    assert set(settings.environment("worker", given)) == {"APP_ID", "PRIVATE_KEY", "DATABASE_URL", "REDIS_URL", "PATH"}
    assert set(settings.environment("runner", given)) == {"PATH"}


def test_a_runner_gets_where_packages_are_and_nothing_that_nobody_has_thought_of():
    given = {
        "UV_INDEX_OURS_PASSWORD": "p",
        "UV_DEFAULT_INDEX": "u",
        "PERFWRIGHT_SANDBOX": "container",
        "UV_PUBLISH_TOKEN": "t",
        "GITHUB_TOKEN": "t",
        "PGPASSWORD": "p",
        "AWS_SECRET_ACCESS_KEY": "k",
    }
    got = settings.environment("runner", given)
    assert set(got) == {"UV_INDEX_OURS_PASSWORD", "UV_DEFAULT_INDEX", "PERFWRIGHT_SANDBOX"}
