# Everything a contributor or a new user types. Needs make and Python 3.11 or newer with pip; the rest is made here.
VENV ?= .venv
# The first that runs and is new enough: a name on the PATH may be an empty shim.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
PYTEST_FLAGS ?=
# Most tests wait for a shell, so more of them than cores run at a time; a file stays in one process.
PYTEST_WORKERS ?= 3

.PHONY: run test lint types check bench bench-tokens conformance docs screenshots clean

run: $(VENV)/.runtime  ## open ai-session
	@$(BIN)/ai-session

test: $(VENV)/.dev  ## run the tests
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_FLAGS)

lint: $(VENV)/.dev  ## ruff, and the contracts between the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev  ## mypy, strict
	$(BIN)/mypy

check: lint types test

bench: $(VENV)/.dev  ## measure ours beside its peers, in one run
	$(BIN)/python -m benchmarks

CORPUS ?= corpus
bench-tokens: $(VENV)/.dev  ## what digests save and keep, over a folder of captured outputs: make bench-tokens CORPUS=DIR
	$(BIN)/python -m benchmarks.tokens $(CORPUS)

conformance: $(VENV)/.dev  ## the scorecard of the terminal emulator, written to docs/conformance.md
	$(BIN)/python -m benchmarks.conformance

docs: $(VENV)/.dev  ## the generated pages
	$(BIN)/python -m ai_session_tui.cli.reference > docs/commands.md
	$(BIN)/python -m ai_session_tui.cli.settings_reference > docs/configuration.md
	$(BIN)/python -m ai_session_tui.cli.manual > docs/ai-session.1

screenshots: $(VENV)/.dev  ## pictures of the real program
	$(BIN)/python screenshots/take.py

# A system without ensurepip (Debian without python3-venv) gets a venv that is filled by the system's pip.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "ai-session needs Python 3.11 or newer: install it, or make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV); }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --python $(BIN)/python install -q pip

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(PIP) install -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[dev]'
	@touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
