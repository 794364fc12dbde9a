# Everything a contributor runs. Each target installs what it misses where it may, else says the exact line.

CHECK := --explicit-target-dependency-import-check error

# What is shipped and measured: optimised, and without a Swift runtime to install beside it.
RELEASE := -c release --static-swift-stdlib

.PHONY: build release rehearse test explore mutate lint bench fuzz soak sanitize format clean

build: needs
	swift build $(CHECK)

release: needs
	swift build $(RELEASE) --product keyturn
	@echo "built $$(swift build $(RELEASE) --show-bin-path)/keyturn"

rehearse: build
	"$$(swift build --show-bin-path)/keyturn" rehearse

# The rooms first; then the whole program, alone, so that nobody's time-out is another suite's work.
test: needs test-needs
	PATH="$(FOREIGN):$$PATH" Scripts/test.sh $(CHECK) --skip EndToEndTests
	PATH="$(FOREIGN):$$PATH" Scripts/test.sh $(CHECK) --skip-build --filter EndToEndTests

# The HTTP door alone, before schemathesis and promtool, with more cases than `test` has; both tools must be there.
conformance: needs test-needs
	CI=true KEYTURN_CONFORMANCE_EXAMPLES=$(EXAMPLES) PATH="$(FOREIGN):$$PATH" swift test $(CHECK) --filter EndToEndTests.ConformanceTests
EXAMPLES ?= 100

# The state machine walked in release: every setting, and then the law without each of its clauses from where each held
# something back.
WALK := KEYTURN_EXPLORE=whole KEYTURN_ROOMS=RotationCore swift test -c release --scratch-path .build/explore \
	-Xswiftc -enable-testing

explore: needs
	$(WALK) --filter ExplorerTests.ExplorerTests

mutate: needs
	$(WALK) --filter ExplorerTests

lint: needs
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	swift build --build-tests $(CHECK)

bench: needs bench-needs
	swift build $(RELEASE) --product keyturn-bench
	swift build $(RELEASE) --product keyturn
	bin="$$(swift build $(RELEASE) --show-bin-path)" && "$$bin/keyturn-bench" "$$bin/keyturn"

# Damaged input for every reader, more of it than make test has, in a process that may take 1 GiB.
FUZZ_CASES ?= 20000
FUZZED := Hostile(JSON|Key|Log|Neighbour|Signature|Plan)Tests|RunbookFileTests.MutationTests|PKCS12Tests
fuzz: needs
	swift build --build-tests
	ulimit -d 1048576 && KEYTURN_FUZZ_CASES=$(FUZZ_CASES) Scripts/test.sh --skip-build --filter '$(FUZZED)'

# The real binary killed at every store write and every outside call, 300 times at random, and on disks that fail.
soak: needs test-needs
	KEYTURN_SOAK=1 swift test --filter 'CrashPointTests|DiskTests'

# The core, the keys, the log and the store under both sanitizers; builds of their own.
SANITIZED := RotationCoreTests|PrimitivesTests|KeyMaterialTests|TransparencyLogTests|RotationStoreTests
sanitize: needs
	LSAN_OPTIONS=suppressions=$(CURDIR)/Scripts/swift-objects.supp:print_suppressions=0 \
	KEYTURN_ROOMS=core swift test --sanitize=address --scratch-path .build/address --filter '$(SANITIZED)'
	KEYTURN_ROOMS=core swift test --sanitize=thread --scratch-path .build/thread --filter '$(SANITIZED)'

# The log's format, in the eyes of tools that are not ours: openssl and coreutils, PyPI `sigstore`.
.PHONY: conformance log-conformance
conformance: log-conformance
log-conformance: needs test-needs
	CI=true PATH="$(CURDIR)/$(PYTHON)/bin:$$PATH" swift test $(CHECK) --filter 'SigstoreTests|ExporterTests|AuditExportTests'

format:
	swift format format -i --parallel --recursive Package.swift Sources Tests

clean:
	rm -rf .build

.PHONY: needs bench-needs test-needs
needs:
	@Scripts/need.sh pkg-config libssl-dev libsqlite3-dev

# What the figures are held against: without these some would be left out.
bench-needs:
	@Scripts/need.sh sqlite3 strace

# The verifiers that are not ours live in folders of their own.
PYTHON := .build/python
PROMETHEUS := .build/prometheus
FOREIGN := $(CURDIR)/$(PYTHON)/bin:$(CURDIR)/$(PROMETHEUS)/usr/bin
PACKAGES := joserfc sigstore python-dotenv schemathesis standardwebhooks
test-needs:
	@Scripts/need.sh openssl jose python3
	@$(PYTHON)/bin/python3 -c 'import joserfc, sigstore, dotenv, schemathesis, standardwebhooks' 2>/dev/null \
	  || { python3 -m venv $(PYTHON) && $(PYTHON)/bin/pip install --quiet $(PACKAGES); } \
	  || echo 'missing: $(PACKAGES); run: $(PYTHON)/bin/pip install $(PACKAGES)' >&2
	@command -v promtool >/dev/null 2>&1 || Scripts/unpack.sh prometheus $(PROMETHEUS) usr/bin/promtool
