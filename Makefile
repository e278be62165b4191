# `make` lists what there is to do. PYTHON=... chooses the interpreter, ONCE=1 ends the demo after its table.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo rehearsal model test test-models test-presidio test-ray test-clients fuzz check format serve bench-quality bench-size bench-speed bench-stream bench-gateway bench-guard soak clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: ## A dozen customer conversations through the proxy, with a demo provider; needs no key (ONCE=1 ends it)
	@scripts/setup demo
	@ONCE=$(ONCE) .venv/bin/python -m proxy.demo

rehearsal: ## Two shipped pilots and what production makes of them, as reports to open in a browser; needs no key
	@scripts/setup rehearsal
	@.venv/bin/python -m proxy.demo.rehearsal

test: ## Every test, PostgreSQL included (TESTS="tests/rules -k version" for some)
	@scripts/setup dev
	@scripts/test $(TESTS)

test-models: ## The tests of Hugging Face models too, which need torch (2 GB from PyPI)
	@scripts/setup dev
	@scripts/setup models
	@scripts/test tests/verifiers

test-presidio: ## The tests of personal data that Presidio finds (60 MB from PyPI)
	@scripts/setup dev
	@scripts/setup presidio
	@scripts/test tests/rehearsal/test_presidio.py

test-ray: ## The tests of recall and rehearsal over a Ray cluster too, of two workers on this machine (80 MB from PyPI)
	@scripts/setup dev
	@scripts/setup ray
	@scripts/test tests/recovery/recall/test_ray.py tests/rehearsal/test_ray.py

test-clients: ## Try a dozen OpenAI clients against the proxy, and write docs/clients.md (1 GB from PyPI and npm)
	@scripts/setup dev
	@scripts/test-clients

EXAMPLES ?= 10000
fuzz: ## Requests and provider's answers that nobody expects, at every door (EXAMPLES=10000; some run in `make test`)
	@scripts/setup dev
	@scripts/fuzz $(EXAMPLES)

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

# The labelled data; SPLITS="dev test" measures a release candidate.
DATA ?= ../shared/data
SPLITS ?= dev
TIER ?= fast
FROM ?= scratch

model: ## Train the judge anew from labelled data: some four hours on two cores, two with FROM=shipped (DATA=DIR, TIER=thorough)
	@scripts/setup dev
	@scripts/model --data $(DATA) $(TIER) $(FROM)

bench-quality: ## How good the judging is, beside other checkers (DATA=DIR, ARGS="--parts claims --out FILE")
	@scripts/setup dev
	@scripts/bench quality --data $(DATA) --splits $(SPLITS) $(ARGS)

bench-speed: ## How long judging takes, and what memory serving does (DATA=DIR)
	@scripts/setup dev
	@scripts/bench speed --data $(DATA) $(ARGS)

bench-size: ## Claims a second and core, memory and starts by the size of the corpus; half an hour (DATA=DIR, ARGS="--out FILE")
	@scripts/setup dev
	@PYTHONPATH=tests .venv/bin/python tests/benchmarks/bench_size.py --data $(DATA) $(ARGS)

bench-stream: ## How much later a guarded stream leaves than an unguarded one (ARGS="--answers 30 --out FILE")
	@scripts/setup dev
	@PYTHONPATH=tests .venv/bin/python tests/benchmarks/bench_stream.py $(ARGS)

bench-gateway: ## What the proxy costs where it guards nothing, beside LiteLLM and Portkey (1 GB from PyPI and npm)
	@scripts/setup dev
	@scripts/bench-gateway $(ARGS)

bench-guard: ## What is left of the verifier's speed in a proxy, and how time grows with answer and corpus
	@scripts/setup dev
	@PYTHONPATH=.:tests .venv/bin/python tests/benchmarks/bench_guard.py $(ARGS)

MINUTES ?= 10
soak: ## The proxy at saturation: memory, records, the event loop (MINUTES=10, ARGS="--workers 2")
	@scripts/setup dev
	@PYTHONPATH=tests .venv/bin/python tests/benchmarks/soak.py --minutes $(MINUTES) $(ARGS)

clean: ## Remove the environment and everything that was generated; records in data/ stay
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
