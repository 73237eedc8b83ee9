.DEFAULT_GOAL := help
.PHONY: help run test fuzz verify fmt oracles bench-engine

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## everything on this machine: network, database, program, services (ARGS="..." goes to `tessera dev`)
	scripts/setup
	scripts/build-program
	scripts/build-host
	target/debug/tessera dev $(ARGS)

test: ## every check and every test
	scripts/setup test
	scripts/test

fuzz: ## play random sequences on the program until one fails or you stop it (SEED=1000 begins there, SECS=600 ends it)
	scripts/setup
	scripts/build-program
	TESSERA_FUZZ_SECS=$(or $(SECS),999999999) TESSERA_FUZZ_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test --locked -p tessera-program-tests --test fuzz no_sequence -- --nocapture

verify: ## prove that the program's bytes follow from its source
	scripts/setup
	scripts/verify

fmt: ## format both workspaces
	cargo fmt --all
	cargo fmt --all --manifest-path programs/Cargo.toml

oracles: ## make the fixtures again that answers are compared with, by other people's packages
	scripts/oracles

bench-engine: ## measure the sales engine against yardsticks (ARGS="..." goes to tessera-bench)
	scripts/setup
	scripts/bench-engine $(ARGS)
