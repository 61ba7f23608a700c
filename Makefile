# "make help" lists the targets. Every target runs from a fresh clone; the tools
# for lint are built once, see .ci/tools.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.SILENT:
MAKEFLAGS += --no-print-directory

MODULES := $(shell sed -n 's/^[[:space:]]*\(use[[:space:]]\)\{0,1\}[[:space:]]*\.\/\([^[:space:]]*\).*/\2/p' go.work)
PACKAGES := $(MODULES:%=./%/...)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
# The version is read from git above, because go build fails where git refuses.
BUILD := go build -buildvcs=false -ldflags '-X inventory.example/pkg/process.version=$(VERSION)'
ARGS ?=

# A missing tool ends the build with one line that names it; see .ci/check-toolchain.
define need-toolchain
$(eval problem := $(shell .ci/check-toolchain))$(if $(problem),$(error $(problem)))
endef

# $(call each-module,COMMAND) runs COMMAND in the folder of each module. It continues
# after a failure, so that every failure is shown.
each-module = failed=; for m in $(MODULES); do (cd $$m && $(1)) || failed=1; done; [[ -z $$failed ]]

# Each module by itself, as its users and the images build it.
alone := export GOWORK=off;

.PHONY: help
help: ## list the targets
	echo 'usage: make TARGET'
	echo
	awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: bin/inventory ## build and run everything on http://localhost:8080, with demo data (SERVER_PORT, DATA_DIR)
	bin/inventory run

.PHONY: bin/inventory
bin/inventory:
	$(need-toolchain)
	[[ -e $@ ]] || { echo 'Building; the first time takes a minute or two ...' >&2; cd cmd && GOWORK=off go mod download; }
	$(BUILD) -o $@ ./cmd/inventory

.PHONY: build
build: ## build every program into bin/
	$(need-toolchain)
	mkdir -p bin
	$(BUILD) -o bin/ ./cmd/... $(patsubst %,./%/cmd/...,$(filter services/%,$(MODULES)))

.PHONY: audit
audit: bin/inventory ## check the invariants of the running system (SERVER_PORT, DATA_DIR as for run; ARGS=-h)
	bin/inventory audit $(if $(SERVER_PORT),-url http://localhost:$(SERVER_PORT)) $(ARGS)

.PHONY: test
test: ## run every test that this machine can run; the end lists the others
	$(need-toolchain)
	$(BUILD) -o bin/testall ./test/testall
	bin/testall $(ARGS)

.PHONY: test-race
test-race: ## the same with the race detector
	$(need-toolchain)
	$(BUILD) -o bin/testall ./test/testall
	bin/testall -race -timeout 30m $(ARGS)

.PHONY: test-browser
test-browser: ## build the console and the live page and test them in Chromium, which is installed where it is missing
	.ci/browser

.PHONY: test-openapi
test-openapi: ## test the running system against its OpenAPI document (schemathesis, needs Python)
	$(need-toolchain)
	.ci/schemathesis

# The commands for the page run in its folder, with the modules of its lock file.
page-modules = cd services/notifier/web && npm ci --ignore-scripts --no-audit --no-fund

.PHONY: page
page: ## build the live page into the Go package that serves it (needs Node)
	$(page-modules) && npm run types && npm run build

.PHONY: lint-page
lint-page: ## check the live page's sources: types, eslint, prettier, unit tests (needs Node)
	$(page-modules) && npm run check

# Those for the console run in the folder console.
console-modules = cd console && npm ci --ignore-scripts --no-audit --no-fund

# The target has the name of the folder, so it must be phony.
.PHONY: console
console: ## build the console into the Go package that serves it (needs Node)
	$(console-modules) && npm run schema && npm run types && npm run build

.PHONY: lint-console
lint-console: ## check the console's sources: types, biome, unit tests, the types of the API (needs Node)
	$(console-modules) && npm run check

.PHONY: model
model: ## walk every state of the reservation protocol (ARGS='-sends 3', ARGS='-of order', ARGS='-bug NAME')
	go run ./test/model $(ARGS)

.PHONY: bench
bench: ## run the Go benchmarks
	$(need-toolchain)
	go test -run '^$$' -bench . -benchmem $(ARGS) $(PACKAGES)

.PHONY: bench-reserve
bench-reserve: bin/inventory ## measure reservations per second on one hot row, beside a bare handler (ARGS='-load spread -against redis')
	go run ./cmd/loadgen reserve $(ARGS)

.PHONY: bench-yardsticks
bench-yardsticks: bin/inventory ## measure each load beside hand-made servers on Redis and PostgreSQL, and beside creates on one row (ARGS='-postgres /usr/lib/postgresql/15/bin')
	@for against in redis postgres; do for load in hot spread sold-out; do \
		go run ./cmd/loadgen reserve -load $$load -against $$against $(ARGS) || exit; echo; \
	done; done
	@for load in spread sale; do go run ./cmd/loadgen reserve -load $$load -against hot $(ARGS) || exit; echo; done

.PHONY: bench-relay
bench-relay: ## measure the relay beside the bare client of MESSAGE_BROKER (ARGS='-broker redis')
	$(need-toolchain)
	go run ./cmd/loadgen relay $(ARGS)

.PHONY: vet
vet: ## go vet
	$(need-toolchain)
	go vet $(PACKAGES)

.PHONY: lint
lint: ## golangci-lint, with the import rules, gofumpt, the English of comments and documents, and the generated client
	$(need-toolchain)
	tools=$$(.ci/tools); prose=; client=; \
	  unformatted=$$("$$tools/gofumpt" -l $(MODULES)); \
	  [[ -z $$unformatted ]] || printf 'not formatted (make fmt): %s\n' $$unformatted; \
	  go run ./test/prose || prose=failed; \
	  .ci/client --check || client=failed; \
	  $(call each-module,"$$tools/golangci-lint" run ./...) && [[ -z $$unformatted$$prose$$client ]]

.PHONY: client
client: ## generate the Go client from the OpenAPI document (after go test ./test/documents -update)
	.ci/client

.PHONY: fmt
fmt: ## format the code with gofumpt
	tools=$$(.ci/tools); "$$tools/gofumpt" -w $(MODULES)

.PHONY: tidy
tidy: ## go mod tidy in every module
	$(alone) $(call each-module,go mod tidy)

.PHONY: check-modules
check-modules: ## every module is tidy and builds by itself
	$(need-toolchain)
	$(alone) $(call each-module,go mod tidy -diff && go build -buildvcs=false -o /dev/null ./...)

.PHONY: verify-k8s
verify-k8s: ## check deploy/k8s, also with a real Kubernetes API server (built once, about eight minutes)
	$(need-toolchain)
	.ci/verify-k8s

.PHONY: ci
ci: ## every check of continuous integration, with its set-up
	.ci/run

.PHONY: images
images: ## build the container images (IMAGE_PREFIX, VERSION, GO_IMAGE, BASE_IMAGE; ARGS=--prebuilt)
	VERSION='$(VERSION)' deploy/images/build $(ARGS)

.PHONY: verify-compose
verify-compose: ## run the images with Docker Compose: the API's flow, kills, pauses, a restart
	deploy/compose/verify

.PHONY: compose-secrets
compose-secrets: ## create the missing keys and passwords of deploy/compose
	deploy/compose/make-secrets

.PHONY: clean
clean: ## delete the data and the programs (bin/, data/)
	.ci/clean
