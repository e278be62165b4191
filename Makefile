# `make` lists what there is to do. PYTHON=... chooses the interpreter, ONCE=1 ends the demo after its table.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check format serve clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: ## A dozen customer conversations through the proxy, with a demo provider; needs no key (ONCE=1 ends it)
	@scripts/setup demo
	@ONCE=$(ONCE) .venv/bin/python -m proxy.demo

test: ## Every test, PostgreSQL included (TESTS="tests/rules -k version" for some)
	@scripts/setup dev
	@scripts/test $(TESTS)

check: ## Format, lint, types and the rule about imports
	@scripts/setup dev
	@scripts/check

format: ## Put the code into its format
	@scripts/setup dev
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

serve: ## Start the proxy with the settings of cxai.yaml and CXAI_*
	@scripts/setup demo
	@.venv/bin/cxai serve

clean: ## Remove the environment and everything that was generated; records in data/ stay
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
