# All that is done to this project is done from here. Needs make and a Python from 3.11 up; the rest is installed into
# .venvs/, see tools/environments.py.

# The newest Python that runs; `make PYTHON=… test` takes another. Looked for only by the targets that need one.
PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
python = $(or $(PYTHON),$(error greenroom needs Python 3.11 or newer, and none was found. Name one: make PYTHON=/path/to/python …))
inside = $(python) -m tools.environments run
# With the database servers and their drivers, which are installed where they are missing.
served = $(python) -m tools.environments serve

# What follows is handed on, for example `make bench ARGS=--quick` or `make test STAGES="ruff mypy"`.
ARGS ?=
STAGES ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format parity bench docs clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make the environments, one for each Python and Django that is tested here
	@$(python) -m tools.environments

demo: ## run the reference project's tests, an OCI registry's, under greenroom
	@$(python) -m tools.demo $(ARGS)

test: ## everything: lint, types, layers, tests in each environment, the wheel, the registry, Django's suite
	@$(python) -m tools.run_tests $(STAGES)

lint: ## ruff, mypy and the layers alone
	@$(python) -m tools.run_tests ruff format mypy layers

format: ## let ruff mend and format what it can
	@$(inside) -m ruff check --fix . && $(inside) -m ruff format .

parity: ## compare greenroom with stock Django on all of Django's suite, PostgreSQL too, and on other projects' (hours)
	@$(served) -m parity all $(ARGS); sqlite=$$?; \
		$(served) -m parity all --database postgresql $(ARGS) && exit $$sqlite

bench: ## measure greenroom's speed against other runners
	@$(served) -m benchmarks $(ARGS)

docs: ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(inside) -m mkdocs build --strict $(ARGS)

clean: ## remove the environments, caches and whatever was built
	rm -rf .venvs .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist site
	find src tests tools parity benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
