# What one does with Octopus:
#
#   make run        build it, start it with this machine's devices in it, and open its shell
#   make install    install programs, units, manual pages and completions (PREFIX, DESTDIR)
#   make check      before each commit: format, house rules, unit tests, scenarios; a few minutes
#   make test       every test
#   make format     put the sources into their form       make lint    check form and house rules
#   make test-asan  the tests with AddressSanitizer       make test-tsan    with ThreadSanitizer
#   make fuzz       look for inputs that break it, SECONDS (10) for each target
#   make soak       work a real server hard for MINUTES (10), kill and restart it KILLS (100) times,
#                   and check all that every client saw
#   make test-recorded RECORDINGS=DIR
#                   play umockdev's recordings of real hardware to the bus drivers
#   make bench      measure it beside its peers and write docs/benchmarks.md; ONLY=engine,redis
#                   measures only workloads that begin so, QUICK=1 only sees whether all of them run
#   make bench-report                                     write docs/benchmarks.md from its results
#   make bench-check                                      do the results keep their bounds?
#   make docs       build the library's documentation     make man     the manual pages
#   make examples   build the example packages as their users would
#   make setup      install what is missing to build it; the others do so themselves
#   make clean      remove what was built

PREFIX ?= /usr/local
DESTDIR ?=

PROGRAMS = octopusd octopus octopus-hw kaluga kaluga-guard
# octopusd contains all that it needs; the others load only libraries that a Debian system has.
# Test builds check for overlapping accesses; here that would be a twentieth of each step.
RELEASE = -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked
TESTS = --build-tests --explicit-target-dependency-import-check error $(WHOLE_MODULES)

# For a build that is not followed by small changes: whole modules, and of debug information only
# the lines.
WHOLE_MODULES = $(if $(CI),-Xswiftc -whole-module-optimization -Xswiftc -num-threads -Xswiftc 1 \
  -Xswiftc -gline-tables-only)

SWIFT_SOURCES = Package.swift Sources Tests Benchmarks examples
BIN = .build/release
# Tests at a time. A thousand at once would keep each other from their time limits.
AT_ONCE = SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4

# A quick run measures nothing worth keeping.
BENCH = $(if $(QUICK),--quick --docs .build/bench-quick,--docs docs) $(if $(ONLY),--only $(ONLY))

.PHONY: run release install setup clean check test test-build test-recorded test-tsan test-asan fuzz
.PHONY: soak lint format bench bench-report bench-check bench-build bench-test docs man examples

run: release
	@scripts/run $(BIN)

# The programs alone: a build of everything would include the tests.
release: setup
	for program in $(PROGRAMS); do swift build $(RELEASE) --product $$program || exit; done

install: release
	scripts/install $(BIN) "$(DESTDIR)" "$(PREFIX)"

man: release
	scripts/man $(BIN) .build/man
	@echo "The manual pages are in .build/man"

# Without the tests that start the built programs, and need more than a compiler.
check: lint
	swift build $(TESTS)
	$(AT_ONCE) scripts/run-tests --skip '^(SystemTests|SoakTests)\.'

# One build: the programs that the system tests drive stand beside the test bundle.
test: test-build
	$(AT_ONCE) scripts/run-tests

test-recorded:
	@test -d "$(RECORDINGS)" || { echo "make test-recorded RECORDINGS=a-directory-of-recordings"; exit 2; }
	@$(MAKE) --no-print-directory test-build
	OCTOPUS_RECORDINGS="$(abspath $(RECORDINGS))" $(AT_ONCE) \
	  scripts/run-tests --filter RecordedHardwareTests

test-tsan: test-build
	$(AT_ONCE) scripts/sanitize thread

test-asan: test-build
	$(AT_ONCE) scripts/sanitize address

test-build:
	@scripts/setup build test
	swift build $(TESTS)

SECONDS ?= 10
fuzz: setup
	scripts/fuzz $(SECONDS)

MINUTES ?= 10
KILLS ?= 100
soak: setup
	swift build $(RELEASE) --product octopusd
	swift build $(RELEASE) --product octopus-soak
	$(BIN)/octopus-soak $(BIN)/octopusd --kills $(KILLS)
	$(BIN)/octopus-soak $(BIN)/octopusd --minutes $(MINUTES)

lint: setup
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	scripts/tidy --self-test
	scripts/tidy

format:
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)
	scripts/wrap

bench: release bench-build
	@scripts/setup peers
	$(BIN)/bench --octopusd $(BIN)/octopusd $(BENCH)

bench-report: bench-build
	$(BIN)/bench --docs docs --report-only

# Linked as octopusd is: a shared runtime is slower to call.
bench-build:
	@scripts/setup build bench
	for program in bench probe; do \
	  OCTOPUS_BENCH=1 swift build $(RELEASE) --product $$program || exit; done

bench-check:
	scripts/bench-check

bench-test:
	@scripts/setup build test bench
	OCTOPUS_BENCH=1 swift build $(TESTS)
	OCTOPUS_BENCH=1 scripts/run-tests --filter BenchmarkTests

docs: setup
	OCTOPUS_DOCS=1 swift package generate-documentation --target Octopus --warnings-as-errors
	@echo "The documentation is in .build/plugins/Swift-DocC/outputs/Octopus.doccarchive"

examples: setup
	for example in lock service-discovery watch; do \
	  swift build --package-path examples/$$example --scratch-path .build-examples || exit; done

setup:
	@scripts/setup build

clean:
	rm -rf .build .build-* .venv
