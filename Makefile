# `make run` and `make test` need nothing but make, git and the Swift toolchain: they install the rest themselves.

PORT ?= 3000
CONFIGURATION ?= debug
TEMPLATE ?= template.yaml
ARGUMENTS ?=

BUILD := .build/$(CONFIGURATION)
# System packages: to build and run, and what tests need on top.
PACKAGES := libpq-dev libhiredis-dev libssl-dev pkg-config postgresql redis-server
TEST_PACKAGES := python3 python3-venv
SWIFT_BUILD := swift build --configuration $(CONFIGURATION)
SOURCES := $(shell find Functions Shared LocalRuntime Package.swift -type f 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run build test unit-test interop-test check-template lint format bench packages clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: $(BUILD)/.martlet ## Build what changed and run everything on this machine (PORT=3000).
	@exec $(BUILD)/LocalRuntime --template $(TEMPLATE) --port $(PORT) $(ARGUMENTS)

build: $(BUILD)/.martlet ## Build the functions and LocalRuntime.

# Asking SwiftPM whether anything changed takes seconds; asking make takes none.
$(BUILD)/.martlet: $(SOURCES) | packages
	@echo "==> Building; the first time this takes some minutes"
	$(SWIFT_BUILD)
	@touch $@

packages:
	@.ci/install-packages $(PACKAGES)

test: packages lint check-template unit-test interop-test ## Everything: lint, template, unit, integration, end to end, interop.

unit-test: packages
	@echo "==> Building the tests"
	$(SWIFT_BUILD) --build-tests
	@touch $(BUILD)/.martlet
	@echo "==> Unit, integration and end-to-end tests"
	data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT \
		&& $(BUILD)/LocalRuntime services --data-dir "$$data" -- \
		swift test --configuration $(CONFIGURATION) --skip-build --disable-xctest

interop-test: .venv/.installed $(BUILD)/.martlet
	@echo "==> Clients that nobody here wrote"
	.venv/bin/python -m pytest -q Tests/Interop

check-template: .venv/.installed
	@echo "==> template.yaml"
	.venv/bin/python .ci/check-template

.venv/.installed: .ci/requirements.txt
	@.ci/install-packages $(TEST_PACKAGES)
	@echo "==> Installing Python clients"
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
	@touch $@

lint: ## Check the formatting.
	@echo "==> swift format lint"
	swift format lint --strict --recursive Package.swift Functions Shared LocalRuntime Tests $(wildcard Benchmarks)

format: ## Format every Swift file.
	swift format --in-place --recursive Package.swift Functions Shared LocalRuntime Tests $(wildcard Benchmarks)

bench: packages ## Measure messages, fan-out and history growth (release build).
	Benchmarks/run

clean:
	rm -rf .build build
