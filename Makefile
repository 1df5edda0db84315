# `make demo` and `make test` need Python 3.11 to 3.13 and make, nothing else; each creates .venv first.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
ENVIRONMENT := $(VENV)/.complete
# The MRML scene and the panel are tested on Slicer's Python where the machine has it.
SLICER_PYTHON ?= $(shell for p in python3.12 $$HOME/.pyenv/versions/3.12*/bin/python $(PYTHON); do \
	$$p -c 'import ensurepip' 2>/dev/null && { echo $$p; break; }; done)
SLICER_VENV := .venv-slicer
SLICER_ENVIRONMENT := $(SLICER_VENV)/.complete
SLICER_TESTS := Testing/mrml Testing/extension Testing/backend/agreement Testing/backend/phantom
# The browser viewer has a Slicer core of its own, which fits no other environment.
VIEWER_VENV := .venv-viewer
VIEWER_ENVIRONMENT := $(VIEWER_VENV)/.complete
BENCH_VENV ?= .venv-bench
DEMO ?= demo
STUDY ?= $(DEMO)/study

.DEFAULT_GOAL := help
.PHONY: help environment view demo test test-quick lint bench lock clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

environment: $(ENVIRONMENT)  ## Create .venv with the exact versions of the lock file

$(ENVIRONMENT): backend/pyproject.toml backend/constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or say: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot create environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV): a download of about 700 MB, 1 to 3 minutes, 3 GB on disk."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint backend/constraints.txt --editable 'backend[train,dev]'
	@touch $@

$(SLICER_ENVIRONMENT): backend/pyproject.toml Testing/slicer-constraints.txt
	@echo "Installing Slicer's core for its tests into $(SLICER_VENV): a download of about 300 MB."
	$(SLICER_PYTHON) -m venv $(SLICER_VENV)
	$(SLICER_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint Testing/slicer-constraints.txt --editable backend \
		slicer-core vtk PySide6-Essentials pytest pytest-cov pytest-xdist hypothesis
	@touch $@

$(VIEWER_ENVIRONMENT): backend/pyproject.toml Testing/viewer-constraints.txt
	@echo "Installing the browser viewer into $(VIEWER_VENV): a download of about 400 MB."
	$(PYTHON) -m venv $(VIEWER_VENV)
	$(VIEWER_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint Testing/viewer-constraints.txt --editable 'backend[viewer]' \
		playwright pytest pytest-cov pytest-xdist hypothesis
	@touch $@

view: $(VIEWER_ENVIRONMENT)  ## Open a study in the browser: make view STUDY=folder (default: the demo's)
	$(VIEWER_VENV)/bin/radiogenomics view $(STUDY)

demo: $(ENVIRONMENT)  ## Simulate a cohort, measure it, draw it, train on it and predict, in ./demo
	$(BIN)/python backend/demo.py $(DEMO)

test: $(ENVIRONMENT) $(SLICER_ENVIRONMENT) $(VIEWER_ENVIRONMENT) lint  ## Lint, type-check and run every test, with coverage
	$(BIN)/python -m pytest --numprocesses 2 --cov --cov-report=
	QT_QPA_PLATFORM=offscreen $(SLICER_VENV)/bin/python -m pytest $(SLICER_TESTS) --numprocesses 2 --cov --cov-append --cov-report=
	$(VIEWER_VENV)/bin/python -m pytest Testing/viewer --numprocesses 2 --dist loadfile --cov --cov-append --cov-report=term

test-quick: $(ENVIRONMENT) $(SLICER_ENVIRONMENT) $(VIEWER_ENVIRONMENT)  ## Run the quick tests only
	$(BIN)/python -m pytest -m 'not slow' --numprocesses 2
	QT_QPA_PLATFORM=offscreen $(SLICER_VENV)/bin/python -m pytest $(SLICER_TESTS) -m 'not slow' --numprocesses 2
	$(VIEWER_VENV)/bin/python -m pytest Testing/viewer -m 'not slow' --numprocesses 2 --dist loadfile

lint: $(ENVIRONMENT)  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(ENVIRONMENT) $(VIEWER_ENVIRONMENT)  ## Measure speed and memory against the peers, in one interleaved run
	sh backend/benchmarks/environment.sh $(PYTHON) $(BENCH_VENV)
	$(BENCH_VENV)/bin/python backend/benchmarks/shape.py
	$(BIN)/python backend/benchmarks/networks.py
	$(BIN)/python backend/benchmarks/elastic_net.py
	$(VIEWER_VENV)/bin/python backend/benchmarks/viewer.py

lock:  ## Resolve the lock file again (needs uv)
	uv pip compile --universal --no-header --no-emit-index-url --python-version 3.11 --upgrade \
		--extra train --extra dev backend/pyproject.toml --output-file backend/constraints.txt

clean:  ## Remove the environments and the demo
	rm -rf $(VENV) $(SLICER_VENV) $(VIEWER_VENV) $(BENCH_VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
