# Two commands are all a newcomer needs: `make run` and `make test`. Both install what they need into .venv first.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

STUDY ?= configs/studies/main-small.yaml
WORKERS ?= 2
TARGET ?= rules
SAMPLE ?=

# A uv on the path is tested by calling it: a version manager's stand-in is found, too, but does not run.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
UV_PROGRAM := $(filter .uv/bin/uv,$(UV))
BIN := .venv/bin
OLDEST := $(shell sed 1q .python-version)
INSTALLED := .venv/.installed

.PHONY: help install run test compiled check pytest slow browser oldest compatibility docs bench coverage mutants audit format schema numbers lock licences clean

help:  ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

install: $(INSTALLED)  ## make the environment in .venv (fetches uv when there is none)

run: install  ## run the small main study and print where its figure is
	$(BIN)/supportnet run $(STUDY)

test: check pytest  ## everything that must hold before a change is shared, but for the slow tests

compiled: install  ## compile the model, once for a state of the sources, so that no test has to wait for it
	$(BIN)/python -c "from simulation import compile_model; compile_model()"

check: install  ## lint, format, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: compiled  ## the default tests
	$(BIN)/python -m pytest -n $(WORKERS)

slow: compiled  ## the tests that take longer
	$(BIN)/python -m pytest -n $(WORKERS) -m "slow and not benchmark" --timeout 1500

browser: install  ## the tests that open pages in a real browser (Chromium; skipped where there is none)
	$(BIN)/python -m pytest -n 0 -m browser --timeout 900

oldest: install  ## golden runs and chosen tests with the oldest supported Python and the lower bound of every dependency
	$(BIN)/nox --session "compatibility-$(OLDEST)(oldest)"

compatibility: install  ## the same at both ends of the ranges, for every supported Python
	$(BIN)/nox --session compatibility

docs: compiled  ## the site of the documentation, with its gallery, in docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -n -q -c docs . docs/_build/html

bench: install  ## measure times
	$(BIN)/python -m pytest -n 0 -m benchmark --benchmark-enable --benchmark-only

coverage: install  ## lines and branches that the default tests reach, compiled functions as plain Python
	NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest --timeout 1500
	$(BIN)/coverage report

mutants: install $(UV_PROGRAM)  ## change the sources of TARGET one thing at a time and see whether a test notices (SAMPLE=400: so many)
	$(UV) run --no-project --python $(BIN)/python --with cosmic-ray==8.7.0 \
	    python scripts/mutation.py $(TARGET) $(if $(SAMPLE),--sample $(SAMPLE))

format: install  ## put the sources in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: install  ## regenerate configs/base.yaml, configs/schema.json and the tables of the docs
	$(BIN)/python scripts/generate.py
	$(BIN)/python scripts/model_tables.py
	$(BIN)/python scripts/evidence_register.py

numbers: compiled  ## validate; run what is missing for the pages on steps, replicates, warm-up, size, the main study; write them
	$(BIN)/supportnet validate -o results/validation
	install -D -m 644 results/validation/scorecard.csv results/reference/validation/scorecard.csv
	$(BIN)/python scripts/convergence.py
	$(BIN)/python scripts/how_many_people.py
	$(BIN)/python scripts/reference_results.py

lock: $(UV_PROGRAM)  ## resolve pyproject.toml anew into requirements.lock
	@{ echo "# What 'make install' installs: every dependency of every extra, each with its hashes."; \
	   echo "# Written by 'make lock' from pyproject.toml; not edited by hand."; \
	   $(UV) export --upgrade --no-emit-project --all-extras --no-header --format requirements-txt; } > .requirements.tmp
	mv .requirements.tmp requirements.lock

licences: install  ## rewrite docs/licences.md from the lock
	$(BIN)/python scripts/licences.py

audit: $(UV_PROGRAM)  ## known weaknesses of the locked versions (asks a public database; a package it cannot check is an error)
	$(UV) tool run pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

clean:  ## remove the environment, caches and builds; results stay
	rm -rf .venv .uv .nox build dist docs/_build .*_cache .hypothesis .benchmarks .coverage .requirements.tmp uv.lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew only when the list of packages or the project's own description has changed.
$(INSTALLED): requirements.lock pyproject.toml .python-version | $(UV_PROGRAM)
	[ -x $(BIN)/python ] || { rm -rf .venv; $(UV) venv --quiet .venv; }
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

# Any Python 3 can fetch uv; uv then finds or fetches the Python named in .python-version.
.uv/bin/uv:
	for python in python3 /usr/bin/python3 python3.13 python3.12 python; do \
	    rm -rf .uv; \
	    if $$python -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv; then break; fi; \
	done
	$@ --version
