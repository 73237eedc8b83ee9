.DEFAULT_GOAL := help
.PHONY: help run check t test soak fuzz fuzz-api verify fmt oracles bench-audit bench-engine bench-index bench-keeper

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## everything on this machine: network, database, program, services (ARGS="..." goes to `tessera dev`)
	scripts/setup
	scripts/build-program
	scripts/build-host
	target/debug/tessera dev $(ARGS)

check: ## what takes seconds: formatting, links, Clippy on what changed since the last commit except its tests, unit tests of the rules
	scripts/check

t: ## the tests whose names hold T, wherever they are (make t T=a_gzip_bomb)
	scripts/test-named '$(T)'

test: ## every check and every test
	scripts/setup test
	scripts/test

soak: ## kill the indexer a hundred times under load, then worker, database and mail server for ten minutes (KILLS=1000 SECS=3600)
	scripts/setup test
	scripts/build-program
	KILLS=$(KILLS) SECS=$(SECS) scripts/soak

fuzz: ## play random sequences on the program until one fails or you stop it (SEED=1000 begins there, SECS=600 ends it)
	scripts/setup
	scripts/build-program
	TESSERA_FUZZ_SECS=$(or $(SECS),999999999) TESSERA_FUZZ_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test --locked -p tessera-program-tests --test fuzz no_sequence -- --nocapture

fuzz-api: ## ask a running API what its document allows and forbids, and count where they disagree (SEED=2 asks other things, EXAMPLES=100 asks longer)
	scripts/setup
	scripts/build-program
	scripts/build-host
	scripts/fuzz-api

verify: ## prove that the program's bytes follow from its source
	scripts/setup
	scripts/verify

fmt: ## format both workspaces
	cargo fmt --all
	cargo fmt --all --manifest-path programs/Cargo.toml

oracles: ## make the fixtures again that answers are compared with, by other people's packages
	scripts/oracles

bench-audit: ## measure the audit by the number of receipts (ARGS="10000 1000000")
	scripts/setup
	scripts/bench-audit $(ARGS)

bench-engine: ## measure the sales engine against yardsticks (ARGS="..." goes to tessera-bench)
	scripts/setup
	scripts/bench-engine $(ARGS)

bench-index: ## measure the index against raw COPY, one row a statement and the network (ARGS="..." goes to tessera-bench-index)
	scripts/setup
	scripts/build-program
	scripts/bench-index $(ARGS)

bench-keeper: ## measure the keeper beside one that charges one by one (ARGS="..." goes to tessera-bench-keeper)
	scripts/setup
	scripts/build-program
	scripts/bench-keeper $(ARGS)
