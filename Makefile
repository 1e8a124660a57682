# Every job of the project, one word each. `make help` lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-lowest test-s3 soak smoke lint format types bench conformance docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## the whole story on real flights (FAULT=name chooses the fault)
	$(BIN)/dq demo $(if $(FAULT),--fault $(FAULT),)

test: $(STAMP) ## all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -q

test-lowest: ## all tests with the lowest supported versions (Python 3.10 or 3.11)
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-lowest/bin/python -m pip install --quiet --constraint constraints-lowest.txt --editable '.[test]'
	$(VENV)-lowest/bin/python -m pytest -n 2 --dist worksteal -q

test-s3: $(STAMP) ## the tests of S3 against a second server: Ceph's, fetched from Debian on first use
	$(BIN)/python tests/aws/radosgw.py

soak: $(STAMP) ## every interruption and thousands of races: hours (LAYOUT=s3-versioned chooses)
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "soak or thorough" $(if $(LAYOUT),-k $(LAYOUT),)

smoke: ## the built package alone, without extras and outside the checkout
	rm -rf $(VENV)-smoke
	$(PYTHON) -m venv $(VENV)-smoke
	$(VENV)-smoke/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-smoke/bin/python -m pip install --quiet .
	cd $(VENV)-smoke && bin/dq demo --folder demo --json | bin/python -c \
	  "import json, sys; assert json.load(sys.stdin)['rolled_back']['rollback']['state'] == 'done'"

lint: $(STAMP) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## strict types
	$(BIN)/mypy

bench: $(STAMP) ## speed and memory beside hand-written SQL (ROWS=10 millions)
	$(BIN)/python -m benchmarks $(if $(ROWS),--rows $(ROWS),)

conformance: $(STAMP) ## dq beside Great Expectations: recorded cases and random questions (QUESTIONS=20 per type)
	$(BIN)/python tests/conformance/report.py $(if $(QUESTIONS),--questions $(QUESTIONS),)

docs: $(STAMP) ## the generated pages of docs/
	$(BIN)/python -m docs.generate

clean: ## remove what the targets made
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-smoke build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis dq-demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
