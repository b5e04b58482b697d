# Perfwright: every command sets up what it needs; the second time is quick.
.PHONY: setup system demo test test-real lint format audit accuracy cases commits overhead

export UV_PROJECT_ENVIRONMENT = .venv
# Whatever the machine says: without bytecode on disk, each of the many processes compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= $(shell for v in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$v >/dev/null 2>&1 && $$v -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$v && break; done)
BOOT = build/boot
UV = $(shell command -v uv 2>/dev/null || echo $(BOOT)/bin/uv)
RUN = $(UV) run --quiet --no-sync
CASES ?= ../clones
FILE ?= ../shared/cases/pull-requests.jsonl
COMMITS ?= ../shared/cases/commits.jsonl
ONLY ?=
OUT ?= build/cases.json
MINUTES ?= 30
# Hostile programs beside those of this repository; tests run them where the directory is there.
export PERFWRIGHT_PROBES ?= $(abspath ../shared/probes/probes-dev)

setup: system .venv/.made

# uv is taken from the package index where the machine has none.
$(BOOT)/bin/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is not installed: install it (Debian: apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(BOOT) 2>/dev/null || { rm -rf $(BOOT); echo "python3-venv is not installed: install it (Debian: apt-get install python3-venv)"; exit 1; }
	@$(BOOT)/bin/pip install --quiet uv

.venv/.made: pyproject.toml uv.lock | $(if $(findstring $(BOOT),$(UV)),$(BOOT)/bin/uv)
	@$(UV) sync --quiet --frozen --python "$(PYTHON)"
	@touch $@

system:
	@sh scripts/system-packages

demo: setup
	@$(RUN) python -m demo

test: setup
	@$(RUN) pytest -q -n auto --dist worksteal

test-real: setup
	@$(RUN) pytest -q -m real

lint: setup
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports --no-cache

audit: setup
	@$(RUN) python -m scripts.audit

format: setup
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

overhead: setup
	@$(RUN) python -m benchmarks.overhead

accuracy: setup
	@$(RUN) python -m benchmarks.accuracy --minutes "$(MINUTES)" --only "$(ONLY)"

cases: setup
	@mkdir -p $(dir $(OUT))
	@$(RUN) python -m benchmarks.cases "$(CASES)" --file "$(FILE)" --only "$(ONLY)" --out "$(OUT)"

# Which of the recorded performance commits the rules find.
commits: setup
	@$(RUN) python -m benchmarks.commits "$(CASES)" --file "$(COMMITS)" --only "$(ONLY)"
