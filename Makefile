# pimlift - reads Exchange and Outlook stores, writes calendars, contacts and the sharing itself.
#
# Sources are found by wildcard. build/<flavour>/ holds objects; build/pimlift is the program.
# Flavours: release debug asan ubsan tsan cover, each in a folder of its own.

FLAVOUR ?= release
CC ?= cc
BUILD := build/$(FLAVOUR)
PKGS := libical sqlite3 libcrypto zlib
# The program says the same version as its package; docs/releasing.md.
VERSION := $(shell tools/package version 2>/dev/null || echo 0.1)$(if $(wildcard VERSION),,$(shell git diff --quiet HEAD 2>/dev/null || echo .changed))
MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
# clang does not know the names of gcc's analyzer, of which the pragmas speak
WARN += $(if $(findstring clang,$(CC)),-Wno-unknown-warning-option)
OPT_release := -O3
OPT_debug := -O0
# What measures a program opens files of its own while it runs, which a confined process can't.
UNCONFINED := -DPL_UNCONFINED
OPT_asan := $(UNCONFINED) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_ubsan := $(UNCONFINED) -O1 -fsanitize=undefined -fno-sanitize-recover=all
OPT_tsan := $(UNCONFINED) -O1 -fsanitize=thread
OPT_cover := $(UNCONFINED) -O0 --coverage
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -g $(OPT_$(FLAVOUR)) $(WARN) $(if $(CI),-Werror) -Isrc -Iformats -Itests \
	-DPL_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpff -lbfio -lpthread $(LDFLAGS)

SRC := $(wildcard src/*.c)
FMT := $(wildcard formats/*.c formats/*/*.c)
TOOL := $(wildcard tools/*.c)
MKSTORE := $(wildcard tools/mkstore/*.c)
TESTS := $(wildcard tests/t_*.c)
TESTLIB := $(wildcard tests/lib_*.c)
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYED = $(patsubst %,$(BUILD)/fuzz/%,$(FUZZ)) # without a fuzzer

# Test programs can make the project's allocations fail: tests/lib_fault.h.
WRAPPED := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
# The real program meets these, and failing system calls, by a library that is loaded before all others.
FAULTLIB := $(BUILD)/tests/fault/fail.so

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
TESTBIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TESTS))

.PHONY: all
## all: the program build/pimlift and the store builder build/mkstore (default)
all: build/pimlift build/mkstore

build/pimlift: $(BUILD)/pimlift
	@ln -sfn $(BUILD:build/%=%)/pimlift $@
build/mkstore: $(BUILD)/mkstore
	@ln -sfn $(BUILD:build/%=%)/mkstore $@

$(BUILD)/libpimlift.a: $(call obj,$(SRC) $(FMT))
	@rm -f $@
	@ar rcs $@ $^
$(BUILD)/pimlift: $(call obj,$(TOOL)) $(BUILD)/libpimlift.a
	@echo "  LD  $@"
	@$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)
$(BUILD)/mkstore: $(call obj,$(MKSTORE))
	@echo "  LD  $@"
	@$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS) -lm
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(call obj,$(TESTLIB)) $(BUILD)/libpimlift.a
	@echo "  LD  $@"
	@$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS) -lcriterion $(WRAPPED)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
.SECONDARY:

# What names the version is built anew when it is another one: the parts of a program name the same.
$(call obj,$(shell grep -l PL_VERSION $(SRC) $(FMT) $(TOOL))): $(BUILD)/version
$(BUILD)/version: always
	@mkdir -p $(@D)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@
.PHONY: always
always:

# --- what a fresh machine lacks ------------------------------------------------------

NEED ?= build check
.PHONY: deps
## deps: installs the Debian packages that are missing (NEED="build check lint fuzz bench debug interop targets batch report fresh package")
deps:
	@tools/deps $(NEED)

# --- use --------------------------------------------------------------------------------

.PHONY: demo
## demo: converts the bundled sample store and shows what came out
demo:
	@tools/deps build
	@$(MAKE) all
	@tools/demo

.PHONY: man
## man: shows the manual page (of one command: make man COMMAND=convert)
man: $(BUILD)/pimlift
	@$(if $(COMMAND),$(BUILD)/pimlift manual $(COMMAND) | man -l -,man -l docs/pimlift.1)

.PHONY: install
PREFIX ?= /usr/local
SHARE := $(PREFIX)/share
## install: program, manual pages, completions and documents below DESTDIR and PREFIX
install: all
	install -D -m 755 $(BUILD)/pimlift $(DESTDIR)$(PREFIX)/bin/pimlift
	install -D -m 644 docs/pimlift.1 $(DESTDIR)$(SHARE)/man/man1/pimlift.1
	for verb in $$(sed -n 's/^\.It Cm //p' docs/pimlift.1); do \
	    $(BUILD)/pimlift manual $$verb > $(DESTDIR)$(SHARE)/man/man1/pimlift-$$verb.1 || exit 1; \
	done
	install -d $(DESTDIR)$(SHARE)/bash-completion/completions $(DESTDIR)$(SHARE)/zsh/site-functions \
	    $(DESTDIR)$(SHARE)/fish/vendor_completions.d
	$(BUILD)/pimlift completion bash > $(DESTDIR)$(SHARE)/bash-completion/completions/pimlift
	$(BUILD)/pimlift completion zsh > $(DESTDIR)$(SHARE)/zsh/site-functions/_pimlift
	$(BUILD)/pimlift completion fish > $(DESTDIR)$(SHARE)/fish/vendor_completions.d/pimlift.fish
	tools/install-docs $(DESTDIR)$(SHARE)/doc/pimlift

.PHONY: dist deb
## dist: the sources of this version as one file below build/
dist:
	@tools/package dist
## deb: a package for Debian below build/, judged by lintian
deb:
	@tools/deps build package
	@tools/package deb

# --- tests ------------------------------------------------------------------------------

.PHONY: check
## check: all tests, with what they need
check:
	@tools/deps build check
	@$(MAKE) check-run

.PHONY: check-run
# Criterion's boxes need addresses that ThreadSanitizer keeps for itself
UNITS_RUN := $(if $(filter tsan,$(FLAVOUR)),,$(TESTBIN))
check-run: $(BUILD)/pimlift $(BUILD)/mkstore $(UNITS_RUN) $(REPLAYED) $(if $(filter release,$(FLAVOUR)),$(FAULTLIB))
	@tests/fixtures $(BUILD)/mkstore $(BUILD)/fixtures
	@BUILD=$(BUILD) tests/run $(UNITS_RUN)

.PHONY: check-targets
TARGETS ?= sogo radicale davical cyrus
## check-targets: servers take in a converted office, and its people try what they may (as root; TARGETS="sogo ...")
check-targets:
	@tools/deps build targets
	@$(MAKE) $(BUILD)/pimlift $(BUILD)/mkstore
	@BUILD=$(BUILD) tests/targets/all $(TARGETS)

.PHONY: check-batch
## check-batch: eight stores by GNU parallel and by a Slurm job array on this machine, as in one call (as root)
check-batch: $(BUILD)/pimlift $(BUILD)/mkstore
	@tools/deps build batch
	@BUILD=$(BUILD) tests/batch/all

.PHONY: check-resume
## check-resume: 200 kills at random moments, each gone on with (check does 20)
check-resume: $(BUILD)/pimlift $(BUILD)/mkstore
	@KILLS=200 BUILD=$(BUILD) tests/resume/run

.PHONY: check-damage
COUNT ?= 10000
## check-damage: 10,000 damaged variants of stores of every kind, what is lost when places are hit, and bombs (COUNT=10000 SEED=1); check does some
check-damage:
	@tools/deps build check
	@$(MAKE) all
	@export BUILD=build/release TMPDIR=$(if $(wildcard /dev/shm),/dev/shm,/tmp) && \
	    tests/damage/variants.py --count $(COUNT) --seed $(or $(SEED),1) --figures && tests/damage/loss.py --figures && tests/damage/bombs.py

.PHONY: check-memory
## check-memory: peak memory under a limit, with a million items, 100,000 folders, 2 GiB, 16 GiB (40 GB of disk, twenty minutes)
check-memory: $(BUILD)/pimlift $(BUILD)/mkstore
	@LARGE=1 BUILD=$(BUILD) tests/memory/run

.PHONY: check-recover
## check-recover: deleted items of 90 stores of each kind against twins in which nothing was deleted (check does 2)
check-recover: $(BUILD)/pimlift $(BUILD)/mkstore
	@SEEDS=90 BUILD=$(BUILD) tests/recover/run

.PHONY: fault
## fault: each allocation and system call fails at each of its times, in every verb (FAULTS="--only convert"; an hour)
fault: $(BUILD)/pimlift $(BUILD)/mkstore $(FAULTLIB)
	@python3 tests/fault/faults.py $(BUILD)/pimlift $(FAULTLIB) $(BUILD)/mkstore $(FAULTS)
$(FAULTLIB): tests/fault/fail.c
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) -std=c11 -D_GNU_SOURCE -O2 -g $(WARN) $(if $(CI),-Werror) -fPIC -fno-builtin -shared -o $@ $<

.PHONY: check-report
## check-report: reports of an office and of a company in a browser; SHOTS=docs also takes the pictures of docs/
check-report:
	@tools/deps build check report
	@$(MAKE) all
	@BUILD=build/release tests/report/browse $(SHOTS)

.PHONY: check-newcomer check-package
## check-newcomer: what README.md tells, word by word, in a fresh Debian in a folder (as root; some minutes)
check-newcomer:
	@tools/deps fresh
	@tests/fresh/newcomer
## check-package: make dist and make deb in a fresh Debian; the package comes and goes in another one (as root; some minutes)
check-package:
	@tools/deps fresh
	@tests/fresh/package

.PHONY: asan ubsan tsan
## asan: all tests under AddressSanitizer and UndefinedBehaviorSanitizer; a leak fails
## ubsan: all tests under UndefinedBehaviorSanitizer
## tsan: all suites of commands under ThreadSanitizer; unit tests do not run there
asan ubsan tsan:
	@tools/deps build check
	@$(MAKE) FLAVOUR=$@ check-run

.PHONY: valgrind
## valgrind: commands over a store of each kind, and the unit tests, under valgrind (UNITS= leaves the tests out: 2 minutes)
UNITS ?= all
valgrind:
	@tools/deps build check debug
	@$(MAKE) FLAVOUR=debug valgrind-run
.PHONY: valgrind-run
valgrind-run: $(BUILD)/pimlift $(BUILD)/mkstore $(if $(UNITS),$(TESTBIN))
	@tests/fixtures $(BUILD)/mkstore $(BUILD)/fixtures
	@BUILD=$(BUILD) tests/valgrind $(if $(UNITS),$(TESTBIN))

.PHONY: analyze
## analyze: what gcc -fanalyzer finds in the program by following paths, 2 minutes (ONLY=clang-tidy: the same of clang-tidy)
analyze:
	@tools/deps build lint fuzz
	@tests/analyze -- $(filter-out -Werror,$(CFLAGS_ALL))

.PHONY: cover
## cover: line coverage of the tests; what may not write its counts says so on stderr, which some tests take for a fault
cover:
	@tools/deps build check debug
	-@$(MAKE) FLAVOUR=cover check-run
	@gcovr -r . --object-directory build/cover --exclude 'tests/.*' --print-summary

.PHONY: check-docs docs-golden
## check-docs: runs the commands that the documentation shows, and compares what they print (part of check)
check-docs: $(BUILD)/pimlift $(BUILD)/mkstore
	@tools/deps build check
	@BUILD=$(BUILD) tests/docs/run $(PAGES)
## docs-golden: writes what they print into the pages; look at the diff (PAGES="README.md ...")
docs-golden: $(BUILD)/pimlift $(BUILD)/mkstore
	@BUILD=$(BUILD) GOLDEN=1 tests/docs/run $(PAGES)

.PHONY: golden
## golden: writes the expected output of the command-line tests anew; look at the diff
golden: $(BUILD)/pimlift $(BUILD)/mkstore
	@BUILD=$(BUILD) GOLDEN=1 tests/cli/run

.PHONY: lint
## lint: layout, layers, length, manual page, scripts, static analysis
lint:
	@tools/deps build lint
	@tests/lint

# --- fuzzing ------------------------------------------------------------------------------

FORMAT ?= pst
TIME ?= 60
MINUTES ?= 5
.PHONY: fuzz fuzz-build fuzz-long fuzz-afl
## fuzz: fuzzes one target for a while (FORMAT=pst TIME=60)
fuzz: fuzz-build
	build/fuzz/fuzz_$(FORMAT) -max_total_time=$(TIME) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=build/fuzz/ $(patsubst %,-dict=%,$(wildcard tests/fuzz/dict/$(FORMAT).dict)) \
		build/fuzz/corpus/$(FORMAT) build/fuzz/seeds/$(FORMAT)
fuzz-build:
	@tools/deps build fuzz
	@$(MAKE) all
	@$(MAKE) FLAVOUR=fuzz CC=clang OPT_fuzz="$(UNCONFINED) -O1 -fsanitize=fuzzer-no-link,address,undefined" \
		$(patsubst %,build/fuzz/fuzz_%,$(FUZZ))
	@mkdir -p $(patsubst %,build/fuzz/corpus/%,$(FUZZ))
	@tests/fuzz/seeds build/mkstore build/fuzz/seeds $(FUZZ)
## fuzz-long: fuzzes every target for minutes of a processor, and counts (FUZZ="pst tz" MINUTES=60)
fuzz-long: fuzz-build
	tests/fuzz/long $(MINUTES) $(FUZZ)
## fuzz-afl: the same targets under AFL++ (FUZZ="pst tz" MINUTES=5)
fuzz-afl:
	@tools/deps build fuzz
	@$(MAKE) all
	@AFL_QUIET=1 $(MAKE) FLAVOUR=afl CC=afl-clang-fast OPT_afl="$(UNCONFINED) -O2" $(patsubst %,build/afl/fuzz_%,$(FUZZ))
	@tests/fuzz/seeds build/mkstore build/fuzz/seeds $(FUZZ)
	tests/fuzz/long --afl $(MINUTES) $(FUZZ)
FUZZLIB := lib_walk lib_ese lib_page lib_block lib_folder lib_record
build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o $(FUZZLIB:%=build/fuzz/tests/%.o) build/fuzz/libpimlift.a
	@$(CC) -g -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)
build/afl/fuzz_%: build/afl/tests/fuzz/fuzz_%.o $(FUZZLIB:%=build/afl/tests/%.o) build/afl/libpimlift.a
	@$(CC) -g -fsanitize=fuzzer -o $@ $^ $(LIBS)

.PHONY: fuzz-replay
## fuzz-replay: runs every fuzz target over its committed inputs and their mutations, under sanitizers (check does it too)
fuzz-replay:
	@tools/deps build
	@$(MAKE) FLAVOUR=asan replay-run
.PHONY: replay-run
replay-run: $(REPLAYED) $(BUILD)/pimlift $(BUILD)/mkstore
	@BUILD=$(BUILD) tests/fuzz/run
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(FUZZLIB:%=$(BUILD)/tests/%.o) $(BUILD)/libpimlift.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

# --- measuring ------------------------------------------------------------------------------

.PHONY: bench bench-large bench-parts
LARGE := pst:10000 pst:100000 pst:250000 pst:1000000 pst:5000+95000:44000 edb:200*4300
## bench: time and peak memory beside other programs, as one table (STORES="pst:10000 ..."); 15 minutes of a quiet machine
bench:
	@tools/deps build check bench
	@$(MAKE) all build/release/tests/bench/floor
	@BUILD=build/release tests/bench/compare $(STORES)
## bench-large: the same for a million items and for 1 and 4 GB (LARGE="pst:1000000 ..."): 25 GB of disk, an hour of a quiet machine
bench-large:
	@RUNS=3 MOST=300 $(MAKE) bench STORES="$(LARGE)"
## bench-parts: what single things cost: a seek, one mailbox of many, a target
bench-parts:
	@tools/deps build check bench
	@$(MAKE) all build/release/tests/bench/seek
	@BUILD=build/release tests/bench/ese
	@BUILD=build/release tests/bench/shares
	@BUILD=build/release tests/bench/exchange
	@BUILD=build/release tests/bench/exchange2013

.PHONY: check-interop
## check-interop: what is written, read by other programs and put on a server (127.0.0.1 only)
check-interop:
	@tools/deps build check interop
	@$(MAKE) all
	@tests/fixtures build/mkstore build/release/fixtures
	@BUILD=build/release tests/interop/run
	@BUILD=build/release tests/interop/contacts
	@BUILD=build/release tests/interop/sharing

.PHONY: check-exchange
## check-exchange: every recipe as a database of each Exchange version, against the PST of the same items
check-exchange:
	@tools/deps build check
	@$(MAKE) all
	@tests/fixtures build/mkstore build/release/fixtures
	@BUILD=build/release tests/exchange/run all

.PHONY: help
## help: this list
help:
	@sed -n 's/^## //p' Makefile

.PHONY: clean
## clean: removes build/
clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(call obj,$(SRC) $(FMT) $(TOOL) $(MKSTORE) $(TESTS) $(TESTLIB) $(wildcard tests/fuzz/*.c)))
