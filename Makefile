# pimlift - reads Exchange and Outlook stores, writes calendars, contacts and the sharing itself.
#
# build/<flavour>/ holds objects; build/pimlift is the program. Sources are found by wildcard.

FLAVOUR ?= release
CC ?= cc
BUILD := build/$(FLAVOUR)
PKGS := libical sqlite3 libcrypto zlib
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
OPT_release := -O2
OPT_debug := -O0
OPT_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_ubsan := -O1 -fsanitize=undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -fsanitize=thread
OPT_cover := -O0 --coverage
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -g $(OPT_$(FLAVOUR)) $(WARN) $(if $(CI),-Werror) -Isrc -Iformats \
	-DPL_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) -lpff -lpthread $(LDFLAGS)

SRC := $(wildcard src/*.c)
FMT := $(wildcard formats/*.c formats/*/*.c)
TOOL := $(wildcard tools/*.c)
MKSTORE := $(wildcard tools/mkstore/*.c)
TESTS := $(wildcard tests/t_*.c)
TESTLIB := $(wildcard tests/lib_*.c)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
TESTBIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TESTS))

.PHONY: all
## all: the program, build/pimlift, and the store builder, build/mkstore (default)
all: build/pimlift build/mkstore

build/pimlift: $(BUILD)/pimlift
	@ln -sfn $(FLAVOUR)/pimlift $@
build/mkstore: $(BUILD)/mkstore
	@ln -sfn $(FLAVOUR)/mkstore $@

$(BUILD)/libpimlift.a: $(call obj,$(SRC) $(FMT))
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/pimlift: $(call obj,$(TOOL)) $(BUILD)/libpimlift.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)
$(BUILD)/mkstore: $(call obj,$(MKSTORE))
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(call obj,$(TESTLIB)) $(BUILD)/libpimlift.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS) -lcriterion
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

.PHONY: help
## help: this list
help:
	@sed -n 's/^## //p' Makefile

.PHONY: clean
## clean: removes build/
clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(call obj,$(SRC) $(FMT) $(TOOL) $(MKSTORE) $(TESTS) $(TESTLIB)))
