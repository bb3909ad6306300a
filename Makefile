.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test test-long coverage check schema bench-engine bench-execution bench-burst bench-gateway bench-load bench-placing bench-shop lock clean

help: ## say what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## put everything in place that `make run` needs: .venv from the lock, the frontends' build
	@scripts/setup

setup-test: ## add what tests, checks and benchmarks need
	@scripts/setup test

run: setup ## open the shop at http://127.0.0.1:4000/graphql
	@.venv/bin/entrepot dev $(ARGS)

test: setup-test ## run all tests but the long ones
	@scripts/test $(ARGS)

test-long: setup-test ## run the tests that take long
	@scripts/test -m long $(ARGS)

coverage: setup-test ## run the tests with branch coverage
	@scripts/coverage $(ARGS)

check: setup-test ## lint, types, import fences, drift of schema/
	@scripts/check

schema: setup-test ## write schema/ anew from the code
	@scripts/schema

bench-engine: setup-test ## measure composing and planning, on one core
	@.venv/bin/python -m benchmarks.engine

bench-execution: setup-test ## measure how subgraphs execute operations, beside graphql-core
	@.venv/bin/python -m benchmarks.execution

bench-gateway: setup-test ## measure the router beside Hive Gateway, Apollo Gateway and, if scripts/hive-router installed it, Hive Router
	@scripts/npm-packages benchmarks/gateway/peers
	@.venv/bin/python -m benchmarks.gateway $(ARGS)

bench-burst: setup-test ## measure a burst of orders over one, two and four workers, with and without a delay in front of PostgreSQL
	@.venv/bin/python -m benchmarks.burst $(ARGS)

bench-placing: setup-test ## measure placing orders on PostgreSQL from 1 to 16 clients; ARGS="--against CHECKOUT" beside another checkout
	@.venv/bin/python -m benchmarks.placing $(ARGS)

bench-load: setup-test ## measure orders and events a second, embedded and distributed, beside bare writes
	@.venv/bin/python -m benchmarks.load $(ARGS)

bench-shop: setup-test ## measure the shop beside Vendure, on one core and the same PostgreSQL
	@scripts/npm-packages benchmarks/shop/peer
	@.venv/bin/python -m benchmarks.shop $(ARGS)

lock: setup-test ## write requirements.lock anew
	@scripts/lock

clean: ## remove what was built and the data of the embedded shop
	@rm -rf .venv build data router/explorer/node_modules router/explorer/dist examples/storefront/node_modules examples/storefront/dist examples/storefront/src/graphql tests/clients/*/node_modules benchmarks/*/*/node_modules
