.DEFAULT_GOAL := help
.PHONY: help setup run test test-long coverage check schema bench-engine bench-gateway bench-load lock clean

help: ## say what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## put everything in place: .venv from the lock, the explorer's build
	@scripts/setup

run: setup ## open the shop at http://127.0.0.1:4000/graphql
	@.venv/bin/entrepot dev $(ARGS)

test: setup ## run all tests but the long ones
	@scripts/test $(ARGS)

test-long: setup ## run the tests that take long
	@scripts/test -m long $(ARGS)

coverage: setup ## run the tests with branch coverage
	@scripts/coverage $(ARGS)

check: setup ## lint, types, import fences, drift of schema/
	@scripts/check

schema: setup ## write schema/ anew from the code
	@scripts/schema

bench-engine: setup ## measure composing and planning, on one core
	@.venv/bin/python -m benchmarks.engine

bench-gateway: setup ## measure the router beside Hive Gateway and Apollo Gateway
	@scripts/clients benchmarks/gateway/peers
	@.venv/bin/python -m benchmarks.gateway $(ARGS)

bench-load: setup ## measure orders and events a second, embedded and distributed, beside bare writes
	@.venv/bin/python -m benchmarks.load $(ARGS)

lock: setup ## write requirements.lock anew
	@scripts/lock

clean: ## remove what was built and the data of the embedded shop
	@rm -rf .venv build data router/explorer/node_modules router/explorer/dist tests/clients/*/node_modules benchmarks/*/*/node_modules
