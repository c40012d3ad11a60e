# `make run` and `make test` need nothing but make, git and the Swift toolchain: they install the rest themselves.

PORT ?= 3000
CONFIGURATION ?= debug
TEMPLATE ?= template.yaml
ARGUMENTS ?=
STACK ?= martlet
REGION ?=
PARAMETERS ?=

BUILD := .build/$(CONFIGURATION)
# When the last build that succeeded began: what was edited during a build is newer.
BUILT := .build/built-$(CONFIGURATION)
# System packages: to build and run, and what tests need on top.
PACKAGES := libpq-dev libhiredis-dev libssl-dev pkg-config postgresql python3 python3-venv redis-server
TEST_PACKAGES := curl openssl
BUNDLE_PACKAGES := binutils bzip2 libdeflate-tools perl xz-utils zlib1g-dev
SWIFT_BUILD := swift build --configuration $(CONFIGURATION)
# Folders as well: a file that was deleted leaves its trace there.
SOURCES := $(shell find Functions Shared LocalRuntime Package.swift 2>/dev/null)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test unit-test interop-test check-template lint format bundle deploy bench bench-coldstart \
	bench-images packages test-packages bundle-packages libvips clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: $(BUILT) libvips ## Build what changed and run everything on this machine (PORT=3000).
	@exec $(BUILD)/LocalRuntime --template $(TEMPLATE) --port $(PORT) $(ARGUMENTS)

build: $(BUILT) ## Build the functions and LocalRuntime.

# Asking SwiftPM whether anything changed takes seconds; asking make takes none.
$(BUILT): $(SOURCES) | packages
	@echo "==> Building; the first time this takes some minutes"
	@mkdir -p .build && touch $@.began
	$(SWIFT_BUILD)
	@mv $@.began $@

packages:
	@Scripts/install-packages $(PACKAGES)

# What images are resized with. It is opened by a program that looks for it there.
LIBVIPS := .build/vips
libvips: | packages
	@Scripts/fetch-libvips $(LIBVIPS)

test-packages:
	@Scripts/install-packages $(PACKAGES) $(TEST_PACKAGES)

test: test-packages lint check-template unit-test interop-test ## Everything: lint, template, unit, integration, end to end, interop.

# Hundreds of tests at once on few processors would only meet each other's time limits. Not every toolchain can be told.
WIDTH = $(shell swift test --help-hidden 2>/dev/null | grep -q -e '--experimental-maximum-parallelization-width' \
	&& echo --experimental-maximum-parallelization-width 6)

# Of root's folders Postgres, which never runs as root, may use only those that others may pass through.
unit-test: test-packages libvips
	@echo "==> Building the tests; the first time this takes some minutes"
	@mkdir -p .build && touch $(BUILT).began
	$(SWIFT_BUILD) --build-tests
	@mv $(BUILT).began $(BUILT)
	@echo "==> Unit, integration and end-to-end tests"
	data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && trap 'exit 130' INT TERM && chmod 711 "$$data" \
		&& $(BUILD)/LocalRuntime services --data-dir "$$data" -- \
		timeout --foreground 20m swift test --configuration $(CONFIGURATION) --skip-build --disable-xctest $(WIDTH)

interop-test: .venv/.installed .venv-sam/.installed $(BUILT) bundle .build/test-bundles/EchoFunction.zip
	@echo "==> Clients that nobody here wrote"
	LOCAL_RUNTIME=$(abspath $(BUILD)/LocalRuntime) .venv/bin/python -m pytest -q Tests/Interop

check-template: .venv/.installed
	@echo "==> template.yaml"
	.venv/bin/python Scripts/check-template

# Python compiles what is used when it is used, which is a small part of all that is installed.
define INSTALL
@echo "==> Installing Python programs in $(@D); this takes a minute or two"
python3 -m venv $(@D)
$(@D)/bin/pip install --quiet --disable-pip-version-check --prefer-binary --no-compile --requirement $<
@touch $@
endef

.venv/.installed: Scripts/requirements.txt | test-packages
	$(INSTALL)

.venv-sam/.installed: Scripts/requirements-sam.txt | test-packages
	$(INSTALL)

# -- Bundles: what Lambda runs --

FUNCTIONS := $(notdir $(wildcard Functions/*/*))
# A build folder of their own: the options are others.
BUNDLE_BUILD := .build/bundles
LIBRARIES := .build/libraries
# Nothing is left for the loader to do: no shared object, not even the C library, and no address to relocate. What is
# not used is left out, and small code is preferred, because it has to be read from a disk before it runs.
SWIFT_BUNDLE := PKG_CONFIG_PATH=$(abspath $(LIBRARIES))/lib/pkgconfig swift build --configuration release \
	--scratch-path $(BUNDLE_BUILD) -Xswiftc -static-executable -Xswiftc -Osize -Xswiftc -use-ld=lld \
	-Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-warnings

bundle: $(FUNCTIONS:%=build/%.zip) ## Make the functions' packages for Lambda, in build/.
	@Scripts/check-linkage $(BUNDLE_BUILD)/release
	@Scripts/check-bundles $^

define BUNDLE
@echo "==> Bundling $*"
@mkdir -p $(@D)
@[ $(BUNDLE_BUILD)/release/$* -nt $(LIBRARIES)/built ] || rm -f $(BUNDLE_BUILD)/release/$*
@$(SWIFT_BUNDLE) --product $*
@Scripts/pack-bundle $(BUNDLE_BUILD)/release/$* $(@:.zip=) $(BESIDE_$*)
endef

# What a package has beside its bootstrap, as NAME=FILE: a small program that is linked with the C library as the
# distribution has it, because only such a one can open libvips.
BESIDE_FileProxyOrigin = ImageWorker=$(BUNDLE_BUILD)/ImageWorker lib/libvips.so.42=$(LIBVIPS)/libvips.so.42
build/FileProxyOrigin.zip: $(BUNDLE_BUILD)/ImageWorker
$(BUNDLE_BUILD)/ImageWorker: $(wildcard Shared/Media/ImageWorker/*) | libvips bundle-packages
	@mkdir -p $(@D)
	clang -O2 -Wall -Wextra -Werror -fstack-protector-strong -fPIE -pie -s $(filter %.c,$^) -lm -ldl -o $@

build/%.zip: $(SOURCES) $(LIBRARIES)/built Scripts/pack-bundle
	$(BUNDLE)

# What only tests run is kept apart.
.build/test-bundles/%.zip: $(SOURCES) Tests/EchoFunction/main.swift $(LIBRARIES)/built Scripts/pack-bundle
	$(BUNDLE)

# Looked at every time, because the distribution may have a newer version; built only if it has.
$(LIBRARIES)/built: bundle-packages
	@Scripts/build-libraries $(LIBRARIES)

bundle-packages: packages
	@Scripts/install-packages $(BUNDLE_PACKAGES)

# What `sam build` calls for every function of the template.
build-%: build/%.zip
	cp -R build/$*/. $(ARTIFACTS_DIR)

deploy: bundle ## Build and deploy to AWS with SAM CLI, as docs/deploying.md explains (STACK=martlet REGION= PARAMETERS=).
	sam build
	sam deploy --stack-name $(STACK) $(REGION:%=--region %) $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS))

lint: ## Check the formatting.
	@echo "==> swift format lint"
	swift format lint --strict --recursive Package.swift Functions Shared LocalRuntime Tests $(wildcard Benchmarks)

format: ## Format every Swift file.
	swift format --in-place --recursive Package.swift Functions Shared LocalRuntime Tests $(wildcard Benchmarks)

bench: packages ## Measure messages, fan-out and history growth (release build).
	Benchmarks/run

bench-images: packages libvips .venv/.installed ## Measure what photos cost to be made small.
	swift build --configuration release --product ImageWorker
	.venv/bin/python Benchmarks/images $(ARGUMENTS)

bench-coldstart: bundle .venv/.installed $(BUILT) ## Measure how functions start: time, memory, package size.
	Benchmarks/coldstart $(ARGUMENTS)

clean:
	rm -rf .build build .aws-sam
