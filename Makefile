# `make run` and `make test` need make, git and the Swift toolchain. They install everything else.

PORT ?= 3000
CONFIGURATION ?= debug
TEMPLATE ?= template.yaml
ARGUMENTS ?=
# Selects tests by name: `make unit-test FILTER=SendMessage`, `make interop-test FILTER=unread`.
FILTER ?=
STACK ?= martlet
REGION ?=
PARAMETERS ?=

# These values may contain any characters. Recipes read them from the environment, because the shell would run commands
# that are quoted in a recipe's line. `value` prevents make from expanding them.
function: override export NAME := $(value NAME)
function: override export ROUTE := $(value ROUTE)
function: override export GROUP := $(value GROUP)
unit-test interop-test: override export FILTER := $(value FILTER)
deploy: override export PARAMETERS := $(value PARAMETERS)
deploy: override export STACK := $(value STACK)
deploy: override export REGION := $(value REGION)

BUILD := .build/$(CONFIGURATION)
# Holds the time at which the last successful build began: files that were edited during a build are newer.
BUILT := .build/built-$(CONFIGURATION)
# System packages: to build and run, and what the tests and the bundles need in addition.
PACKAGES := libpq-dev libhiredis-dev libssl-dev pkg-config postgresql python3 python3-venv redis-server
TEST_PACKAGES := curl openssl
BUNDLE_PACKAGES := binutils bzip2 libdeflate-tools perl xz-utils zlib1g-dev
SWIFT_BUILD := swift build --configuration $(CONFIGURATION)
# Includes folders, whose times change when a file is deleted.
SOURCES := $(shell find Functions Shared LocalRuntime Benchmarks/bench Package.swift 2>/dev/null)
SWIFT_FILES := Package.swift Functions Shared LocalRuntime Tests Benchmarks

.DEFAULT_GOAL := help
# Targets run one after the other, except in the submakes below that set PARALLEL.
ifndef PARALLEL
.NOTPARALLEL:
endif
.PHONY: help run build build-tests function test prepare check-layout check-template lint format unit-test bench-quick \
	interop-test bundle deploy bench bench-coldstart bench-images bench-s3 packages test-packages bundle-packages \
	libvips clean

help: ## Show this list.
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: $(BUILT) libvips ## Build what changed and run everything on this machine (PORT=3000).
	@exec $(BUILD)/LocalRuntime --template $(TEMPLATE) --port $(PORT) $(ARGUMENTS)

build: $(BUILT) ## Build the functions and LocalRuntime.

# SwiftPM needs seconds to find that nothing changed; make does not.
$(BUILT): $(SOURCES) | packages
	@echo "==> Building; the first build takes some minutes"
	@mkdir -p .build && touch $@.began
	$(SWIFT_BUILD)
	@mv $@.began $@

function: ## Write a new function: NAME=ListReaders ROUTE="GET /conversations/{conversationId}/readers" [GROUP=Rooms].
	@Scripts/new-function "$$NAME" "$$ROUTE" "$$GROUP"

packages:
	@Scripts/install-packages $(PACKAGES)

test-packages:
	@Scripts/install-packages $(PACKAGES) $(TEST_PACKAGES)

bundle-packages:
	@Scripts/install-packages $(PACKAGES) $(BUNDLE_PACKAGES)

# The library that resizes images. ImageWorker loads it from this folder.
LIBVIPS := .build/vips
libvips: | packages
	@Scripts/fetch-libvips $(LIBVIPS)

# -- Tests --

test: check-layout lint prepare check-template unit-test bench-quick interop-test ## Run all checks and tests.

# Builds and downloads everything at once. A release build alone keeps little more than one processor busy.
# Both builds would write a Package.resolved that is absent or out of date, so one process does it first.
prepare: test-packages bundle-packages ## Build and install everything that the tests need.
	@swift package resolve
	@$(MAKE) --no-print-directory --jobs PARALLEL=yes \
		build-tests $(BUNDLE_BUILD)/built libvips .venv/.installed .venv-sam/.installed

check-layout: ## Check that the lists of functions agree.
	@echo "==> Package.swift, template.yaml and tests"
	@Scripts/check-layout

lint: ## Check the formatting.
	@echo "==> swift format lint"
	swift format lint --strict --recursive $(SWIFT_FILES)

format: ## Format every Swift file.
	swift format --in-place --recursive $(SWIFT_FILES)

check-template: .venv/.installed ## Check template.yaml with cfn-lint.
	@echo "==> template.yaml"
	.venv/bin/python Scripts/check-template

build-tests: check-layout | packages
	@echo "==> Building the tests; the first build takes some minutes"
	@mkdir -p .build && touch $(BUILT).began
	$(SWIFT_BUILD) --build-tests
	@mv $(BUILT).began $(BUILT)

unit-test: test-packages libvips build-tests ## Run the Swift tests, with Postgres and Redis ([FILTER=Name]).
	@echo "==> Unit, integration and end-to-end tests"
	@CONFIGURATION=$(CONFIGURATION) Scripts/unit-test $(if $(value FILTER),--filter "$$FILTER")

# Every section runs once, in the debug build; the figures mean nothing.
bench-quick: $(BUILT) libvips ## Run every benchmark once, without measuring.
	@echo "==> Benchmarks, once"
	@Scripts/quietly CONFIGURATION=$(CONFIGURATION) Benchmarks/run --quick

# Without a FILTER the tests include those of the bundles.
interop-test: $(if $(value FILTER),,.venv-sam/.installed bundle .build/test-bundles/EchoFunction.zip)
interop-test: .venv/.installed $(BUILT) libvips ## Run the tests with third-party clients ([FILTER=name]).
	@echo "==> Tests with third-party clients"
	LOCAL_RUNTIME=$(abspath $(BUILD)/LocalRuntime) .venv/bin/python -m pytest -q Tests/Interop \
		$(if $(value FILTER),-k "$$FILTER",-n 2 --dist worksteal)

# Without --no-compile, pip would compile all files, of which few are used.
define INSTALL
@echo "==> Installing Python programs in $(@D); this takes about a minute"
@python3 -m venv $(@D)
@$(@D)/bin/pip install --quiet --disable-pip-version-check --prefer-binary --no-compile --requirement $<
@touch $@
endef

.venv/.installed: Scripts/requirements.txt | test-packages
	$(INSTALL)

.venv-sam/.installed: Scripts/requirements-sam.txt | test-packages
	$(INSTALL)

# -- Bundles: the packages that Lambda runs --

FUNCTIONS := $(notdir $(wildcard Functions/*/*))
# The build options differ from those of other builds, so it has a separate folder.
BUNDLE_BUILD := .build/bundles
LIBRARIES := .build/libraries
# Executables are linked statically, including the C library, so that the loader has nothing to do. Unused code is left
# out and small code is preferred, because a cold start reads the code from a disk. Debug information would be stripped.
SWIFT_BUNDLES := MARTLET_BUNDLES=1 PKG_CONFIG_PATH=$(abspath $(LIBRARIES))/lib/pkgconfig \
	swift build --configuration release --scratch-path $(BUNDLE_BUILD) -debug-info-format none \
	-Xswiftc -static-executable -Xswiftc -Osize -Xswiftc -use-ld=lld \
	-Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-warnings

bundle: $(BUNDLE_BUILD)/built $(BUNDLE_BUILD)/ImageWorker ## Make the functions' packages for Lambda, in build/.
	@$(MAKE) --silent --jobs=$(shell nproc) PARALLEL=yes $(FUNCTIONS:%=build/%.zip)
	@Scripts/check-linkage $(BUNDLE_BUILD)/release
	@Scripts/check-bundles $(FUNCTIONS:%=build/%.zip)

# All executables in one build: each call of SwiftPM takes ten seconds to plan.
$(BUNDLE_BUILD)/built: $(SOURCES) Tests/EchoFunction/main.swift $(LIBRARIES)/built
	@echo "==> Building the bundles; the first build takes some minutes"
	@mkdir -p $(@D) && touch $@.began
	@[ $@ -nt $(LIBRARIES)/built ] || rm -f $(EXECUTABLES)
	$(SWIFT_BUNDLES)
	@mv $@.began $@

# SwiftPM links only the executables that changed. The recipe makes make look at their times again.
EXECUTABLES := $(addprefix $(BUNDLE_BUILD)/release/,$(FUNCTIONS) EchoFunction)
$(EXECUTABLES): $(BUNDLE_BUILD)/built
	@:

build/%.zip: $(BUNDLE_BUILD)/release/% Scripts/pack-bundle
	@echo "==> Packing $*"
	@mkdir -p $(@D)
	@Scripts/pack-bundle $< $(@:.zip=) $(BESIDE_$*)

# Only tests run this one.
.build/test-bundles/%.zip: $(BUNDLE_BUILD)/release/% Scripts/pack-bundle
	@mkdir -p $(@D)
	@Scripts/pack-bundle $< $(@:.zip=)

# Files of a package in addition to its bootstrap, as NAME=FILE. ImageWorker is linked with the distribution's C
# library, because a static executable cannot load libvips.
BESIDE_FileProxyOrigin = ImageWorker=$(BUNDLE_BUILD)/ImageWorker lib/libvips.so.42=$(LIBVIPS)/libvips.so.42
build/FileProxyOrigin.zip: $(BUNDLE_BUILD)/ImageWorker
$(BUNDLE_BUILD)/ImageWorker: $(wildcard Shared/Media/ImageWorker/* Shared/Media/WorkerSandbox/sandbox.*) | libvips bundle-packages
	@mkdir -p $(@D)
	clang -O2 -Wall -Wextra -Werror -fstack-protector-strong -fPIE -pie -s -IShared/Media/WorkerSandbox $(filter %.c,$^) -lm -ldl -o $@

# The script runs every time, because the distribution may have a newer version; it builds only then.
$(LIBRARIES)/built: bundle-packages
	@Scripts/build-libraries $(LIBRARIES)

# `sam build` calls this for every function of the template.
build-%: build/%.zip
	cp -R build/$*/. $(ARTIFACTS_DIR)

deploy: bundle ## Build and deploy to AWS with SAM CLI, as docs/deploying.md explains (STACK=martlet REGION= PARAMETERS=).
	sam build
	@Scripts/deploy

# -- Benchmarks --

bench: packages ## Measure messages, fan-out and the growth of history (release build).
	Benchmarks/run $(ARGUMENTS)

bench-images: packages libvips .venv/.installed ## Measure the resizing of photos.
	swift build --configuration release --product ImageWorker
	.venv/bin/python Benchmarks/images $(ARGUMENTS)

bench-s3: packages .venv/.installed ## Measure LocalRuntime's S3.
	swift build --configuration release --product LocalRuntime
	.venv/bin/python Benchmarks/s3 $(ARGUMENTS)

bench-coldstart: bundle .venv/.installed $(BUILT) ## Measure how functions start: time, memory, package size.
	Benchmarks/coldstart $(ARGUMENTS)

clean: ## Remove everything that was built.
	rm -rf .build build .aws-sam
