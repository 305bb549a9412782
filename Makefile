# Everything that one does with Octopus:
#
#   make run       build it, start it with this machine's devices in it, and open its shell
#   make test      run every test                          make test-asan   with a look for misuse of memory
#   make fuzz      look for inputs that break it           make test-tsan   those with threads, for data races
#   make test-recorded RECORDINGS=DIR
#                  play umockdev's recordings of real hardware to the bus drivers
#   make soak      work it hard for MINUTES (10), and check all that every client saw
#   make lint      check the form of the sources          make format    put them into that form
#   make bench     measure it beside its peers and write docs/benchmarks.md; ONLY=engine,redis measures
#                  what begins so, QUICK=1 sees only whether all of it runs; bench-report only writes
#   make docs      build the library's documentation      make install   install (PREFIX, DESTDIR)
#   make setup     install what is missing to build it; the others do so themselves
#   make clean     remove what was built

PREFIX ?= /usr/local
DESTDIR ?=

# octopusd contains all that it needs. The others load only what a Debian system has.
# Overlapping accesses are looked for in every test build, not here, where that is a twentieth of a step.
RELEASE = -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked
TESTS = --build-tests --explicit-target-dependency-import-check error $(AT_ONE_GO)

# For a build that nobody changes: each module at one go, and of what debuggers want, the lines alone.
AT_ONE_GO = $(if $(CI),-Xswiftc -whole-module-optimization -Xswiftc -num-threads -Xswiftc 1 \
  -Xswiftc -gline-tables-only)

SWIFT_SOURCES = Package.swift Sources Tests Benchmarks
BIN = .build/release
# So many tests at a time: a thousand at once would keep each other from their time limits.
AT_ONCE = SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4

# A quick run measures nothing worth keeping.
BENCH = $(if $(QUICK),--quick --docs .build/bench-quick,--docs docs) $(if $(ONLY),--only $(ONLY))

.PHONY: run release test test-build test-recorded test-tsan test-asan fuzz soak lint format docs install setup clean
.PHONY: bench bench-report bench-build bench-test

run: release
	@scripts/run $(BIN)

# The programs alone: all targets would be those of the tests, too.
release: setup
	for program in octopusd octopus octopus-hw kaluga kaluga-guard; do swift build $(RELEASE) --product $$program || exit; done

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

# Every target of the fuzzer, for so many seconds.
SECONDS ?= 12
fuzz: setup
	scripts/fuzz $(SECONDS)

# Mixed work on a real server for so many minutes, with a check of all that every client saw.
MINUTES ?= 10
soak: setup
	swift build $(RELEASE) --product octopusd
	swift build $(RELEASE) --product octopus-soak
	$(BIN)/octopus-soak $(BIN)/octopusd --minutes $(MINUTES)

lint: setup
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	scripts/tidy --self-test
	scripts/tidy

format:
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

bench: release bench-build
	@scripts/setup peers
	$(BIN)/bench --octopusd $(BIN)/octopusd $(BENCH)

# Writes the document again, from the results that are there.
bench-report: bench-build
	$(BIN)/bench --docs docs --report-only

# Linked as octopusd is: a shared runtime is slower to call.
bench-build:
	@scripts/setup build bench
	for program in bench probe; do \
	  OCTOPUS_BENCH=1 swift build $(RELEASE) --product $$program || exit; done

bench-test:
	@scripts/setup build test bench
	OCTOPUS_BENCH=1 swift build $(TESTS)
	OCTOPUS_BENCH=1 scripts/run-tests --filter BenchmarkTests

docs: setup
	OCTOPUS_DOCS=1 swift package generate-documentation --target Octopus --warnings-as-errors
	@echo "The documentation is in .build/plugins/Swift-DocC/outputs/Octopus.doccarchive"

install: release
	scripts/install $(BIN) "$(DESTDIR)" "$(PREFIX)"

setup:
	@scripts/setup build

clean:
	rm -rf .build .build-* .venv
