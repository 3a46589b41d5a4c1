# make setup | run | test | check | bench. Needs Python 3.11 or later and make; everything else comes from PyPI.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench

help:
	@echo "make setup   install what is needed into .venv (idempotent)"
	@echo "make run     a demo night of the embedded teacher and an agent that learns from it; FRESH=1 starts anew"
	@echo "make test    all tests"
	@echo "make check   format, lint, types, import rules"
	@echo "make bench   all benchmarks, one JSON each under build/bench/"

setup: .venv/ready
	@echo "setup: ready"

# The mark is set last: a setup that was interrupted is done again. pip would compile on one core for a minute; a
# file that a later Python is needed for cannot be compiled, and need not.
.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one: make setup PYTHON=...")'
	@test -x $(BIN)/python || { echo "setup: making .venv"; $(PYTHON) -m venv .venv; }
	@echo "setup: installing the $$(grep -c == requirements.txt) packages of requirements.txt (a few minutes, once)"
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --requirement requirements.txt
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	@echo "setup: installing turnwright itself, editable"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check
	@echo "setup: preparing an empty Prefect database"
	@PREFECT_HOME="$(CURDIR)/.venv/prefect" DO_NOT_TRACK=1 $(BIN)/python -m cli.prefect_server
	@rm -rf .venv/prefect
	@touch $@

run: setup
	@$(BIN)/python -m cli.demo $(if $(FRESH),--fresh)

# By file, for the tests of a file share what takes long to make; in the order that tests/conftest.py gives, for files
# with few tests have the longest.
test: setup
	@$(BIN)/python -m pytest -m "" -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: setup
	@echo "check: format" && $(BIN)/ruff format --check .
	@echo "check: lint" && $(BIN)/ruff check .
	@echo "check: types" && $(BIN)/pyright
	@echo "check: import rules" && $(BIN)/lint-imports --no-logo

# A module that records is a benchmark; if one breaks, the others still have their turn.
bench: setup
	@status=0; for file in $$(grep --files-with-matches '^    record("' benchmarks/*.py); do \
	    name=$$(basename "$$file" .py); echo "bench: $$name"; $(BIN)/python -m "benchmarks.$$name" || status=1; \
	done; exit $$status
