# Every target installs what it needs: a machine with Python >= 3.11 and make is enough.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
BIN := .venv/bin

.PHONY: help run network demo test test-network test-fast test-contracts lint format references screenshots artifacts bench locks clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

run: ## the sample network, its pages and API on http://127.0.0.1:8080, with a login for every role; until Ctrl-C
	@scripts/bootstrap.sh api engine
	@exec $(BIN)/python -m sanad_api.demo

network: ## four administrations, each with node, chain process and portal (8081 to 8084), and one story; until Ctrl-C
	@scripts/bootstrap.sh api engine geth
	@exec $(BIN)/python -m sanad_api.demo.network

demo: ## issue, anchor, verify, hand over and trace the sample dossier; exits 0 only if every verdict is as expected
	@scripts/bootstrap.sh node engine
	@$(BIN)/python -m sanad_node.demo --out build/demo.json

test: ## every test: contracts (forge, Brownie), then Python, with real anvil, SQLite, PostgreSQL, server and Chromium
	@scripts/bootstrap.sh dev contracts engine geth ipfs browser
	@scripts/test.sh

test-network: ## the drills on networks of several geths
	@scripts/bootstrap.sh dev engine geth
	@$(BIN)/pytest tests/network -m network

test-fast: ## the Python tests that need no more than seconds
	@scripts/bootstrap.sh dev
	@$(BIN)/pytest -n 2 -m "not slow and not engine"

test-contracts: ## forge and Brownie
	@scripts/bootstrap.sh dev contracts
	@scripts/test_contracts.sh

lint: ## ruff, format, mypy --strict, import-linter, forge fmt and lint
	@scripts/bootstrap.sh dev contracts
	@scripts/lint.sh

format: ## format Python and Solidity
	@scripts/bootstrap.sh dev contracts
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && node_modules/@foundry-rs/forge-linux-amd64/bin/forge fmt

references: ## write the references made from code, and the API's examples, again
	@scripts/bootstrap.sh dev engine
	@for one in scripts/generate_*.py; do $(BIN)/python $$one; done

screenshots: ## every page, in both languages and widths, as pictures in build/screenshots
	@scripts/bootstrap.sh dev engine browser
	@$(BIN)/python scripts/screenshots.py

artifacts: ## compile the contracts and write the committed ABI and bytecode
	@scripts/bootstrap.sh dev contracts
	@$(BIN)/sanad contracts compile

bench: ## measure; writes build/bench.json
	@scripts/bootstrap.sh dev engine geth
	@$(BIN)/python scripts/bench.py --out build/bench.json

locks: ## renew the requirement locks
	@scripts/bootstrap.sh dev
	@scripts/locks.sh

clean: ## remove what the targets made in the tree
	rm -rf build out cache .pytest_cache .mypy_cache .ruff_cache .hypothesis node_modules tests/support/ipfs/node_modules .venv
