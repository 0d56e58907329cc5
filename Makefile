# Everything a person or a pipeline does here. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos check up down logs bench lock clean

BIN := .venv/bin
COMPOSE := docker compose
# WORKERS: test processes side by side; those that need servers come in five groups, each whole on one of them.
# `make test ARGS="-k bucket"` narrows the run; `make demo ARGS="--for 90 --plain"` bounds the demo.
WORKERS ?= 3
ARGS ?=
# SEED: what draws the faults of `make chaos`; a failure names its own.
SEED ?= 7

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Create .venv and install everything locked (nothing to do when it is current)
	@deploy/bootstrap.sh

demo: setup ## Run the whole system on the simulated exchange; ARGS="--for 90 --plain" is bounded and headless
	@exec $(BIN)/oi demo $(ARGS)

test: setup ## Run every test, with a real Redis and a real MySQL or MariaDB
	@$(BIN)/python tests/support/ensure.py
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(if $(ARGS),,--every-kind) $(ARGS)

chaos: setup ## Play trading days under faults drawn from a seed, and check the tables: make chaos SEED=7
	@$(BIN)/python tests/support/ensure.py
	@CHAOS_SEED=$(SEED) exec $(BIN)/pytest tests/e2e/chaos/long_day.py tests/e2e/chaos/recorded_day.py -n 0 -q -s $(ARGS)

check: setup ## Lint, format, types, import rules, secrets, locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy deploy tests/support
	$(BIN)/lint-imports
	$(BIN)/python deploy/secret_scan.py
	$(BIN)/python deploy/lock.py --check
	$(BIN)/python deploy/grafana/make_dashboards.py --check
	$(BIN)/python deploy/make_metrics_doc.py --check
	$(BIN)/python deploy/access/redis_acl.py --check
	$(BIN)/python deploy/access/mysql_grants.py --check

up: ## Run in Docker (credentials in .env); ARGS="--profile demo" runs on the simulated exchange
	@$(COMPOSE) $(ARGS) up --build --detach --wait || { echo "not everything is up: make logs says why" >&2; exit 1; }

down: ## Stop what `make up` started; the data stays
	$(COMPOSE) --profile demo --profile monitoring --profile tools down

logs: ## Follow the logs of what `make up` started
	@exec $(COMPOSE) --profile demo --profile monitoring logs --follow --tail 100

bench: setup ## Measure the hot paths against named baselines
	@exec $(BIN)/pytest $(if $(findstring tests/bench/,$(ARGS)),,tests/bench) -p no:xdist -s $(ARGS)

lock: setup ## Pin the dependencies anew, after a change in a pyproject.toml
	@$(BIN)/python deploy/lock.py
	@deploy/bootstrap.sh

clean: ## Remove the virtual environment and caches; what services keep in data/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
