# Quorate -- one Makefile. Targets:
#
#   make            build the library and the program: build/libquorate.a, build/quorate
#   make quote      install what is missing, build, quote the example bridge
#   make test       install what is missing, build, check the layers, run every test
#   make cases      quote the six real failures and a well-run counterpart, side by side
#   make bench      benchmarks; each checks its answer first and prints ratios
#   make study      slow studies (coverage of intervals, validation tables)
#   make fuzz       long fuzzing of every parser (FUZZ_SECONDS a target)
#   make asan       every test under AddressSanitizer and UndefinedBehaviorSanitizer
#   make valgrind   the unit tests under valgrind
#   make layers     includes point the way docs/architecture.md allows; docs/methods.md agrees with the code;
#                   files, functions and folders are of the size and kind that tests/hygiene.sh tells
#   make format     lay the code out by .clang-format
#   make install    PREFIX=/usr/local DESTDIR=  program, headers, library, pkg-config file, manual, completion, data
#   make setup      only install the Debian packages that are missing
#   make clean
#
#   make MPI=1      also build/quorate-mpi.so, which the program looks for when mpirun or srun starts it
#
# Variables: BUILD (folder of everything made, default build), CC, OPT, EXTRA (flags added to all),
# PREFIX, DESTDIR, JOBS.

BUILD   ?= build
PREFIX  ?= /usr/local
CC       = gcc
OPT     ?= -O2 -g
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
VERSION := 0.1.0

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- what Debian 12 must have ---------------------------------------------------------------
PACKAGES_BUILD := gcc libc6-dev pkg-config libgsl-dev libconfig-dev libfftw3-dev libsleef-dev \
  librandom123-dev libsqlite3-dev libjansson-dev libcsv-dev libxlsxwriter-dev \
  libmicrohttpd-dev libsodium-dev
PACKAGES_TEST  := libcmocka-dev

LIBRARIES := gsl libconfig fftw3 sleef jansson libsodium sqlite3
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBRARIES))
PKG_LIBS   = $(shell pkg-config --libs $(LIBRARIES)) -lcsv -lm

WARN   := -Wall -Wextra -Wshadow -Wconversion -Werror
CFLAGS  = -std=c17 $(OPT) $(WARN) -fopenmp -fno-math-errno -I. -I$(BUILD) -D_GNU_SOURCE \
          -DQUO_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(EXTRA)
# glibc 2.36 gives CMPLX to gcc alone; clang has the same builtin. A loop that it does not vectorise is no error.
ifneq (,$(findstring clang,$(CC)))
CFLAGS += -Wno-pass-failed -D'CMPLX(x,y)=__builtin_complex((double)(x),(double)(y))'
endif
LDLIBS  = $(PKG_LIBS)
# What the program is made of goes into it, where Debian has it as an archive: to find and join shared libraries would take
# a tenth of a quote's time.
DYNAMIC_LIBS := -lsleef -lm
PROGRAM_LIBS  = -Wl,--push-state,-Bstatic $(filter-out $(DYNAMIC_LIBS),$(LDLIBS)) -Wl,--pop-state $(DYNAMIC_LIBS)
# make MPI=1: portfolio and reprice run under mpirun; asks for libopenmpi-dev, which nothing else needs. The tests build it where it is.
MPICC ?= mpicc
MPI_MODULE := $(BUILD)/quorate-mpi.so
MPI_TESTED  = $(if $(shell command -v $(MPICC) 2>/dev/null),$(MPI_MODULE))

# ---- sources --------------------------------------------------------------------------------
LIB_SRC   := $(sort $(shell find risk policies pricing -name '*.c' ! -path 'pricing/cmd/*' ! -path risk/prepare.c))
CMD_SRC   := $(sort $(wildcard pricing/cmd/*.c))
TEST_SRC  := $(sort $(wildcard tests/test_*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/bench_*.c))
TEST_HELP := $(sort $(filter-out $(TEST_SRC),$(wildcard tests/*.c)))

LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ  := $(CMD_SRC:%.c=$(BUILD)/%.o)
HELP_OBJ := $(TEST_HELP:%.c=$(BUILD)/%.o)
TESTS    := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
STUDY_SRC := $(sort $(wildcard tests/study/study_*.c))
STUDIES  := $(STUDY_SRC:tests/study/%.c=$(BUILD)/study/%)
BENCHES  := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJ  := $(FUZZ_SRC:%.c=$(BUILD)/%.o)

.PHONY: all quote test cases bench study fuzz asan valgrind layers format install setup setup-test \
        clean tests-built benches-built headers check-units check-cli
all: $(BUILD)/quorate $(if $(MPI),$(MPI_MODULE))

# The files that ship inside the library: read and hashed now, not at each start.
SHIPPED := fixtures/catalogue/controls.cfg fixtures/market/market.cfg fixtures/model/model.cfg fixtures/authority/authority.cfg
$(BUILD)/prepare: $(BUILD)/risk/prepare.o $(filter-out $(BUILD)/risk/defaults.o,$(filter $(BUILD)/risk/%,$(LIB_OBJ)))
	$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/shipped/shipped.h: $(BUILD)/prepare $(SHIPPED)
	@mkdir -p $(@D)
	$(BUILD)/prepare $(@D) $(SHIPPED)
$(BUILD)/risk/defaults.o: $(BUILD)/shipped/shipped.h
$(BUILD)/pricing/whatif/effort.o: fixtures/plans/effort.cfg

# Which commit: the file changes only when the answer does, so that nothing is built again for nothing.
.PHONY: FORCE
$(BUILD)/build_id.h: FORCE
	@mkdir -p $(@D)
	@id=$$(git describe --always --dirty 2>/dev/null || echo source); \
	printf '#define QUO_BUILD_ID "%s"\n' "$$id" | cmp -s - $@ || printf '#define QUO_BUILD_ID "%s"\n' "$$id" > $@
$(BUILD)/pricing/version.o: $(BUILD)/build_id.h

$(BUILD)/libquorate.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/quorate: $(CMD_OBJ) $(BUILD)/libquorate.a
	$(CC) $(CFLAGS) -o $@ $(CMD_OBJ) $(BUILD)/libquorate.a $(PROGRAM_LIBS)

# Flags of -isystem: Open MPI's headers do not pass our warnings.
$(MPI_MODULE): pricing/cmd/openmpi/openmpi.c pricing/cmd/transport.h risk/base/ranks.h Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(patsubst -I%,-isystem %,$(shell $(MPICC) --showme:compile)) -fPIC -shared -o $@ $< $(shell $(MPICC) --showme:link)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(HELP_OBJ) $(BUILD)/libquorate.a
	$(CC) $(CFLAGS) -o $@ $< $(HELP_OBJ) $(BUILD)/libquorate.a $(LDLIBS) $$(pkg-config --libs cmocka)

# The fuzz targets once more, each entry point under its file's name, for the test that replays their corpus.
$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DLLVMFuzzerTestOneInput=$* -MMD -MP -c -o $@ $<

$(BUILD)/fuzz_targets.h: $(FUZZ_SRC) Makefile
	@mkdir -p $(@D)
	@for f in $(FUZZ_SRC:tests/fuzz/%.c=%); do echo "TARGET($$f)"; done > $@

$(BUILD)/tests/test_corpus.o: $(BUILD)/fuzz_targets.h

$(BUILD)/tests/test_corpus: $(BUILD)/tests/test_corpus.o $(FUZZ_OBJ) $(HELP_OBJ) $(BUILD)/libquorate.a
	$(CC) $(CFLAGS) -o $@ $< $(FUZZ_OBJ) $(HELP_OBJ) $(BUILD)/libquorate.a $(LDLIBS) $$(pkg-config --libs cmocka)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libquorate.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(BUILD)/libquorate.a $(LDLIBS)

# Each header compiles on its own.
HEADERS := $(sort $(shell find risk policies pricing -name '*.h'))
$(BUILD)/%.h.ok: %.h Makefile
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Wno-unused-function -MMD -MP -MF $(@:.ok=.d) -MT $@ -fsyntax-only -x c $<
	@touch $@
headers: $(HEADERS:%=$(BUILD)/%.ok)

$(BUILD)/study/%: $(BUILD)/tests/study/%.o $(BUILD)/libquorate.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(BUILD)/libquorate.a $(LDLIBS)

tests-built: $(TESTS) $(STUDIES) $(BUILD)/quorate $(MPI_TESTED)
benches-built: $(BENCHES) $(BUILD)/quorate $(MPI_TESTED)

-include $(HEADERS:%=$(BUILD)/%.d) $(LIB_OBJ:.o=.d) $(BUILD)/risk/prepare.d $(CMD_OBJ:.o=.d) $(HELP_OBJ:.o=.d) \
         $(TEST_SRC:%.c=$(BUILD)/%.d) $(BENCH_SRC:%.c=$(BUILD)/%.d) $(STUDY_SRC:%.c=$(BUILD)/%.d) $(FUZZ_OBJ:.o=.d)

# ---- set-up: names what is missing, asks for root only to install it ------------------------
define install_missing
	@missing=; for p in $(1); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "missing Debian packages:$$missing"; \
	  if [ "$$(id -u)" = 0 ]; then as=; else as=sudo; echo "installing them asks for root"; fi; \
	  $$as apt-get update -qq && \
	  $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null || \
	  { echo "could not install:$$missing"; exit 3; }; \
	fi
endef

setup:
	$(call install_missing,$(PACKAGES_BUILD))
setup-test:
	$(call install_missing,$(PACKAGES_BUILD) $(PACKAGES_TEST))

# ---- what people run ------------------------------------------------------------------------
quote: setup
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/quorate
	$(BUILD)/quorate quote fixtures/examples/bridge.policy.cfg

test: setup-test
	@$(MAKE) --no-print-directory layers
	@$(MAKE) --no-print-directory -j$(JOBS) tests-built headers
	@BUILD=$(BUILD) sh tests/run.sh

cases: setup
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/quorate
	@BUILD=$(BUILD) sh tests/cases.sh

bench: setup-test
	@$(MAKE) --no-print-directory -j$(JOBS) benches-built
	@BUILD=$(BUILD) sh tests/bench/run.sh

study: setup-test
	@$(MAKE) --no-print-directory -j$(JOBS) tests-built
	@BUILD=$(BUILD) sh tests/study.sh
	@BUILD=$(BUILD) sh tests/book_kill.sh 200 20000

# gcc says itself that these two warnings err under sanitizers.
asan: setup-test
	@$(MAKE) --no-print-directory layers
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/asan tests-built OPT='-O1 -g' \
	  EXTRA='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-format-truncation -Wno-maybe-uninitialized'
	@BUILD=$(BUILD)/asan ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 sh tests/run.sh

valgrind: setup-test
	@$(MAKE) --no-print-directory -j$(JOBS) tests-built
	@BUILD=$(BUILD) VALGRIND=1 sh tests/run.sh

fuzz: setup-test
	@BUILD=$(BUILD) sh tests/fuzz/run.sh

layers:
	@sh tests/layers.sh
	@sh tests/methods.sh
	@sh tests/hygiene.sh

format:
	$(call install_missing,clang-format)
	clang-format -i $$(git ls-files '*.c' '*.h')

to = $(DESTDIR)$(PREFIX)

# Manual pages from the help of the program.
$(BUILD)/man/quorate.1: docs/manual.sh $(BUILD)/quorate
	@rm -rf $(@D) && mkdir -p $(@D)
	sh docs/manual.sh $(BUILD)/quorate $(@D)

# Headers of one file's inside (*_parts.h) stay here. The library is static, so whoever links it needs what it is made of.
install: $(BUILD)/quorate $(BUILD)/man/quorate.1 $(if $(MPI),$(MPI_MODULE))
	install -d $(to)/bin $(to)/lib/pkgconfig $(to)/share/man/man1 $(to)/share/bash-completion/completions
	install -m 755 $(BUILD)/quorate $(to)/bin/quorate
	install -m 644 $(BUILD)/libquorate.a $(to)/lib/libquorate.a
	$(if $(MPI),install -D -m 755 $(MPI_MODULE) $(to)/lib/quorate/quorate-mpi.so)
	find risk policies pricing -name '*.h' ! -path 'pricing/cmd/*' ! -name '*_parts.h' | while read -r h; do \
	  install -D -m 644 $$h $(to)/include/quorate/$$h || exit 3; done
	find fixtures -type f | while read -r f; do \
	  install -D -m 644 $$f $(to)/share/quorate/$$f || exit 3; done
	for f in README.md LICENSE docs/*.md; do install -D -m 644 $$f $(to)/share/doc/quorate/$$f || exit 3; done
	install -m 644 $(BUILD)/man/*.1 $(to)/share/man/man1
	install -m 644 docs/quorate.bash $(to)/share/bash-completion/completions/quorate
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: quorate' \
	  'Description: pricing of parametric cover for crypto protocols' 'Version: $(VERSION)' \
	  'Requires: $(LIBRARIES)' 'Libs: -L$${prefix}/lib -lquorate -lcsv -fopenmp -lm' \
	  'Cflags: -I$${prefix}/include/quorate -fopenmp' > $(to)/lib/pkgconfig/quorate.pc

clean:
	rm -rf $(BUILD)
