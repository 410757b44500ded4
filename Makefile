# Stacktide: `make run` serves the dashboard, `make test` runs all tests. Everything lives in ./.venv.
.DEFAULT_GOAL := help
.PHONY: help setup run test check format lock embed screenshot screenshots wheel clean FORCE

PY := .venv/bin/python
STAMP := .venv/.stacktide-setup
ARGS ?=

# another environment, active or not, has no say here
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make ./.venv and install everything into it (instant when up to date)
	@:

# an environment that was made in another folder (moved or copied checkout) is made anew
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(shell pwd -P))
$(STAMP): FORCE
endif
$(STAMP): constraints.txt constraints-npm.txt pyproject.toml package.json package-lock.json scripts/setup.sh
	@sh scripts/setup.sh

FORCE:

run: setup ## serve the dashboard at http://127.0.0.1:8050 (ARGS="--port 8051")
	@exec .venv/bin/stacktide serve $(ARGS)

test: setup ## run all tests (ARGS="tests/unit -k share")
	@exec $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup ## check format, lint, types and import order
	@status=0; \
	echo 'check: format'; $(PY) -m ruff format --check . || status=1; \
	echo 'check: lint'; $(PY) -m ruff check . || status=1; \
	echo 'check: types'; $(PY) -m mypy etl dashboard || status=1; \
	echo 'check: import order'; .venv/bin/lint-imports --no-cache || status=1; \
	exit $$status

format: setup ## put the code into the agreed format, mend what ruff can mend
	@$(PY) -m ruff check --fix --exit-zero .
	@$(PY) -m ruff format .

lock: setup ## regenerate the pinned versions and their hashes (ARGS=--upgrade for the newest)
	@$(PY) scripts/lock.py $(ARGS)

embed: setup ## rebuild data/embedded from the store (ARGS="--home DIR")
	@exec .venv/bin/stacktide embed $(ARGS)

screenshot: setup ## take the README's picture of the dashboard
	@exec $(PY) tests/browser/screenshot.py $(ARGS)

screenshots: setup ## take pictures of every page, three widths, light and dark (ARGS="trends")
	@exec $(PY) tests/browser/screenshots.py $(ARGS)

wheel: setup ## build the wheel and the source archive into dist/
	@rm -rf dist
	@$(PY) -m build --no-isolation --outdir dist .

clean: ## remove the environment, caches and everything that was built
	@rm -rf .venv dist build assets/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache node_modules
	@find etl dashboard tests scripts -type d -name __pycache__ -prune -exec rm -rf {} +
	@echo 'clean: done'
