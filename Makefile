# The one entry for people and for CI. Needs python3 (3.11 or later) and make; the rest is installed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev

.PHONY: help plan plan-baotou rebuild-baotou test check unit bench bundle clean

help:
	@echo "make plan    write the plan of Greater Reykjavik into runs/reykjavik"
	@echo "make plan-baotou     the same of a synthetic Baotou, into runs/baotou"
	@echo "make rebuild-baotou  write instances/baotou again from its source"
	@echo "make test    lint, types, import rules and the tests"
	@echo "make unit    the tests alone (PYTHON=python3.12 VENV=.venv-3.12 for another interpreter)"
	@echo "make check   lint, types and import rules alone"
	@echo "make bench   the registry of benchmarks into runs/bench, then the tables of docs/benchmarks.md"
	@echo "             (ARGS=\"--only 'city/1000x*' --time-limit 20\" for a part of it)"
	@echo "make bundle  one zip that installs without a network (PLATFORM=win_amd64, linux or macos)"
	@echo "make clean   remove environments, caches and runs"

$(RUNTIME): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(DEV): $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

plan: $(RUNTIME)
	$(BIN)/siting solve instances/reykjavik -o runs/reykjavik --time-limit 3min --timings

plan-baotou: $(RUNTIME)
	$(BIN)/siting solve instances/baotou --gap 0.01% -o runs/baotou --timings

rebuild-baotou: $(RUNTIME)
	$(BIN)/python instances/baotou/rebuild.py

test: check unit

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(DEV)
	$(BIN)/python -m pytest -n auto $(TESTS)

bench: $(DEV)
	$(BIN)/python benchmarks/run.py $(ARGS)

PLATFORM ?= win_amd64
bundle: $(DEV)
	$(BIN)/python bundle/make_bundle.py $(PLATFORM)

clean:
	rm -rf .venv .venv-* runs .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
