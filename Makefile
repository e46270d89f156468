# The one entry: `make demo`, `make test`, `make check`. Needs Python 3.11+, git and make; everything
# else is installed into .venv here, and nothing outside this folder is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --no-cache-dir --disable-pip-version-check \
	--no-input --require-hashes
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
WORKFLOWS := $(wildcard .github/workflows/*.yml examples/workflows/*.yml)

.DEFAULT_GOAL := help
.PHONY: help demo test quick check lint format types contracts docs actions requirements clean

help: ## Show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(RUN) ## The whole story on the embedded sandbox, no account needed
	@$(BIN)/python -m reconciler demo

test: $(DEV) ## All tests
	@$(BIN)/python -m pytest -n auto

quick: $(DEV) ## The tests of the core (decide, guards, plan, apply), with few examples a law
	@EXAMPLES=0.05 $(BIN)/python -m pytest -n auto -q tests/planner tests/proposal $(wildcard tests/test_apply*.py)

check: lint types contracts actions test ## All that CI runs

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

contracts: $(DEV)
	$(BIN)/lint-imports

actions: $(DEV)
	$(BIN)/actionlint $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/zizmor --offline --persona pedantic --quiet .github action.yml $(wildcard examples/workflows/*.yml)

docs: $(DEV) ## Write docs/decisions.md anew from the code that decides
	@$(BIN)/python docs/decisions.py

format: $(DEV) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

requirements: $(DEV) ## Pin dependencies anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate pyproject.toml --output-file requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate pyproject.toml --extra app --output-file requirements/action.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate pyproject.toml --group dev --output-file requirements/dev.txt

clean: ## Remove what the targets above made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(RUN): requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/run.txt
	@touch $@

$(DEV): $(RUN) requirements/dev.txt pyproject.toml
	@echo "Setting up the tools for development ..."
	@$(PIP) -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@
