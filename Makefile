# Everything a person needs: `make verify` and `make test` do their own set-up.
.DEFAULT_GOAL := help
.PHONY: help verify quick test report lint bench bench-peers doctor setup fmt fmt-check clippy docs coverage clean
.PHONY: test-slurm storm fuzz deny sbom

CARGO ?= cargo
# cargo with the training engine where libtorch is
ENGINE := CARGO="$(CARGO)" sh scripts/cargo.sh
ARGS ?=
CLAIMCHECK := target/release/claimcheck

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

verify: build ## Verify every claim at the standard profile and write reports/latest (ARGS="--paper arpit2019" …)
	$(CLAIMCHECK) verify --profile standard $(ARGS)

quick: build ## The same at the quick profile, into reports/quick
	$(CLAIMCHECK) verify --profile quick --out reports/quick $(ARGS)

test: setup ## Run all tests
	@sh scripts/setup-browser.sh
	@$(MAKE) --no-print-directory fmt-check
	$(ENGINE) test --locked --no-fail-fast

report: build ## Render reports/latest again from its results
	$(CLAIMCHECK) report $(ARGS)

lint: build ## Check the claim files
	$(CLAIMCHECK) lint $(ARGS)

bench: setup ## Run the benchmarks
	$(ENGINE) bench --locked $(ARGS)

bench-peers: setup ## The same work in NumPy and its like, one table (PEER_PYTHON=… can import them)
	python3 scripts/bench_peers.py $(ARGS)

doctor: build ## Say what was found on this machine and what is missing
	$(CLAIMCHECK) doctor

setup: tools ## Fetch libtorch and the data that some claims need into the user's cache
	@sh scripts/setup.sh || echo "setup: going on without; the claims that need what is missing will say skipped"

.PHONY: tools build
tools:
	@sh scripts/check-tools.sh

build: setup
	$(ENGINE) build --release --locked

# cargo fmt does not see the experiments, which the build script lists.
fmt: tools ## Format all Rust files
	git ls-files '*.rs' | xargs rustfmt --edition 2024

fmt-check: tools
	@git ls-files '*.rs' | xargs rustfmt --edition 2024 --check -l

clippy: tools ## Lint the Rust code
	$(ENGINE) clippy --locked --all-targets --all-features -- -D warnings

docs: tools ## Write the generated catalogues and schemas anew
	UPDATE_GENERATED=1 $(ENGINE) test --locked --test cli generated

coverage: tools ## Line coverage of statistics, formulas and mathematics (needs llvm-tools of rustup)
	sh scripts/coverage.sh

test-slurm: build ## The quick profile on a real Slurm of this machine's own, tasks killed (root, Debian)
	sh scripts/test-slurm.sh $(ARGS)

storm: setup ## Kill runs 500 times (KILLS=…), and a long training once, and look that nothing is lost
	CLAIMCHECK_KILLS=$(or $(KILLS),500) $(ENGINE) test --locked --test cli -- --nocapture --include-ignored storm::a_storm checkpoint

fuzz: ## A million inputs for every reader of foreign bytes (ARGS="1000000 formula")
	sh scripts/fuzz.sh $(ARGS)

deny: ## Licences, duplicates and sources of all dependencies (needs cargo-deny)
	$(CARGO) deny --locked check licenses bans sources

sbom: ## Write the software bill of materials to target/sbom.json
	python3 scripts/sbom.py > target/sbom.json

clean: ## Remove what was built and reported
	$(CARGO) clean
	rm -rf reports/latest reports/quick
