# Pinned here rather than in go.mod, which its hundreds of dependencies would swell.
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

export GOFLAGS := $(GOFLAGS) -buildvcs=false

.DEFAULT_GOAL := help
.PHONY: help build test quick bench bench-quick lint format

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

build: ## Build bin/univaf
	go build -trimpath -o bin/univaf ./cmd/univaf

test: ## Run all tests; as root, install first what they need and say so
	@scripts/test

quick: ## Run the tests that need nothing but Go
	@scripts/test --quick

bench: ## Measure every figure of docs/benchmarks.md and renew it (half an hour)
	@scripts/install --bench
	go run ./internal/tools/bench

bench-quick: ## Measure the figures with few places, once (3 minutes)
	@scripts/install --bench
	go run ./internal/tools/bench -quick

lint: ## Run the linters (the first time builds them, some minutes)
	go run $(GOLANGCI_LINT) run

format: ## Format the Go code
	go run $(GOLANGCI_LINT) fmt
