# Everything a person or CI does here. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

# Exact versions. The environments that Meltano makes get them by `-c` in meltano.yml.
PINNED := --constraint constraints.txt

export MELTANO_SEND_ANONYMOUS_USAGE_STATS := false
export MELTANO_CLI_DISABLE_VERSION_CHECK := true

# As pip does: a command then starts in half the time, the first time too. Meltano's uv heeds it as well.
export UV_COMPILE_BYTECODE := 1

MANIFESTS := constraints.txt pyproject.toml tap-sfmc/pyproject.toml target-aep/pyproject.toml tests/emulator/pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all bench bench-quick lint format types constraints meltano-settings clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.ready  ## create .venv with every command in .venv/bin

$(VENV)/.ready: $(MANIFESTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "Python 3.10 or newer is needed; set PYTHON=/path/to/python3.x"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(UV) || $(BIN)/python -m pip install --quiet $(PINNED) uv
	$(UV) pip install --quiet $(PINNED) --python $(BIN)/python --group dev \
	  --editable ./tap-sfmc --editable ./target-aep --editable ./tests/emulator
	@$(BIN)/python -m compileall -q tap-sfmc target-aep tests/emulator
	@touch $@

demo: .meltano/.ready  ## load the emulator's source twice and show what landed (KEEP=1: leave it running)
	$(BIN)/python tests/end_to_end/demo.py $(if $(KEEP),--keep) $(if $(SCALE),--scale $(SCALE))

# The plugins' own environments; `meltano run` would make them too, but not notice new dependencies.
.meltano/.ready: $(VENV)/.ready meltano.yml $(MANIFESTS)
	$(BIN)/meltano --log-level=warning install
	@touch $@

test: setup lint types  ## set everything up, then lint, type-check and test
	$(BIN)/pytest -m "not slow" --numprocesses 2 --dist worksteal

test-all: setup  ## every test, the slow ones too (hours), with new generated cases each time
	$(BIN)/pytest --hypothesis-profile=searching

bench: setup  ## compare speed and memory with the ordinary way and the limits (an hour; PARTS="tap target")
	cd tests/benchmarks && $(CURDIR)/$(BIN)/python -m bench full $(PARTS)

bench-quick: setup  ## the main ratios, in less than five minutes
	cd tests/benchmarks && $(CURDIR)/$(BIN)/python -m bench quick $(PARTS)

lint: setup  ## ruff and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --verbose >/dev/null || $(BIN)/lint-imports

format: setup  ## format and apply the safe fixes
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

types: setup  ## mypy, strict
	$(BIN)/mypy

constraints: setup  ## pin the newest versions that fit together, for every supported Python
	$(UV) pip compile --universal --python-version 3.10 --upgrade --quiet \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group dev \
	  --extra s3 tap-sfmc/pyproject.toml target-aep/pyproject.toml tests/emulator/pyproject.toml \
	  --output-file constraints.txt

meltano-settings: setup  ## bring the settings in meltano.yml into step with the plugins' own
	$(BIN)/python tests/end_to_end/meltano_settings.py

clean:  ## remove what can be made again
	rm -rf $(VENV) .meltano .emulator .demo .batches .runs .state output .mypy_cache .ruff_cache .pytest_cache
