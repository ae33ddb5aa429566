# SPDX-License-Identifier: MIT
#
# make                  ./vxe (a link to build/$(VARIANT)/vxe) and its modules
# make demo             installs what is missing, then shows vxe at work on a private libvirt
# make check            the tests of every change; ends with "N passed, N failed"
# make check-fast       units and source checks only
# make check-all        every test in its long form, hours; PART=2/6: the second sixth, results in build/results
# make check-beside     every test, beside a libvirtd with guests; WORDS='--user NAME...', all optional
# make check-on         demo and check in a fresh Debian, as root; SUITE=trixie (bookworm, testing), TARGETS='demo check'
# make check-pool       a pool of two hosts with different releases of Debian, as root; SUITES='bookworm trixie'
# make check-corpus     domains that others have written; CORPUS=FOLDER of XMLs
# make fuzz             each target of tests/fuzz for SECONDS (60) on new inputs; TARGETS='args tar'
# make pictures         the picture in the README, drawn by Chromium
# make bench            the speed beside virsh's and qemu-img's: docs/performance.md; BENCH_SIZES='100 1000'
# make install          GNU's prefix= bindir= libdir= libexecdir= mandir= docdir= sysconfdir= DESTDIR=; STRIP= keeps
#                       the symbols; XE=1: also the link xe, /opt/xensource/bin/xe, and in sysconfdir
#                       xensource-inventory (not with DESTDIR) and xensource/pool.conf
# make uninstall        removes what install with the same variables has put there; records and guests stay
# make dist             build/vxe-VERSION.tar.gz, the sources of the last commit, always the same bytes
# make deb              Debian packages in build/deb, seen by lintian. make check-deb (root): tried in a fresh Debian;
#                       SUITE=trixie: built and tried in that one
# make rpm              packages for rpm in build/rpm, seen by rpmlint, and as root tried in an empty folder
# make format           all C sources as .clang-format says
# make lint             clang-tidy and shellcheck, where they are installed
# make deps             installs what is missing (root on Debian), else lists it; makes the Linux
#                       guest of the tests, once, in a cache outside the tree
#
# make help             these lines
#
# VARIANT=debug|asan|release (install and bench: release)   CC=gcc|clang   WERROR=-Werror (the checks have it)
# V=1 shows the commands

ifneq ($(filter install bench,$(MAKECMDGOALS)),)
VARIANT ?= release
endif
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
VARIANT ?= fuzz
endif
VARIANT ?= debug
ifeq ($(VARIANT),fuzz)
CC := clang
endif
ifeq ($(origin CC),default)
CC := $(if $(shell ccache -s 2>/dev/null),ccache )gcc
endif
# A warning of a compiler that nobody has tried stops no user's build, only the project's checks.
WERROR  ?=
B       := build/$(VARIANT)

# GNU's names. sysconfdir is not below prefix, because scripts look for the files of XE=1 in /etc.
PREFIX      ?= /usr/local
prefix       = $(PREFIX)
exec_prefix  = $(prefix)
bindir       = $(exec_prefix)/bin
libdir       = $(exec_prefix)/lib
libexecdir   = $(exec_prefix)/libexec
datarootdir  = $(prefix)/share
mandir       = $(datarootdir)/man
docdir       = $(datarootdir)/doc/vxe
htmldir      = $(docdir)/html
sysconfdir   = /etc
unitdir      = $(prefix)/lib/systemd/system
STRIP        = strip

# Everything that building, testing and the demo need. None of these starts a service (of postgresql: tests/lib/deps.sh).
PACKAGES := gcc libc6-dev make pkg-config clang nasm \
	libjson-c-dev libsqlite3-dev uuid-dev libxml2-dev libvirt-dev \
	acl zlib1g-dev zstd libzstd-dev libxxhash-dev libmd-dev libnbd-dev libnbd-bin lowdown ovmf swtpm swtpm-tools clang-format \
	libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils curl tini mount bsdutils e2fsprogs procps bzip2 xz-utils \
	iproute2 iptables bindfs strace systemd zsh fish jq tzdata sqlite3 libxml2-utils psmisc tidy \
	python3-jsonschema ansible-core lzop libpq-dev postgresql openssh-client dropbear-bin

# libvirt's drivers, which Debian 12 has in libvirt-daemon itself: installed where they are packages of their own.
DRIVERS := $(addprefix libvirt-daemon-driver-,storage network nodedev interface nwfilter secret)

# Root in somebody else's tree builds as the owner, so that no file of root's is left there.
# The targets that need root say so with $(AS_CALLER).
OWNER   := $(shell stat -c '%u %g' .)
DROP    := --reuid=$(word 1,$(OWNER)) --regid=$(word 2,$(OWNER)) --clear-groups
AS_CALLER := /bin/sh
ifeq ($(shell id -u),0)
ifneq ($(word 1,$(OWNER)),0)
ifeq ($(shell setpriv $(DROP) test -w . 2>/dev/null && echo yes),yes)
CC    := $(filter-out ccache,$(CC)) # the cache is root's
SHELL := $(shell command -v setpriv)
.SHELLFLAGS := $(DROP) -- /bin/sh -c
deps packages fuzz-packages check check-built pictures check-all check-beside check-on check-pool check-corpus check-fast fuzz demo bench install uninstall deb deb-packages check-deb rpm: private SHELL := $(AS_CALLER)
deps packages fuzz-packages check check-built pictures check-all check-beside check-on check-pool check-corpus check-fast fuzz demo bench install uninstall deb deb-packages check-deb rpm: private .SHELLFLAGS := -c
endif
endif
endif

# ---- flags ---------------------------------------------------------------------------------

WARNINGS  = -Wall -Wextra $(WERROR) -Wshadow -Wvla -Wundef -Wpointer-arith -Wwrite-strings \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wcast-qual \
	-Wimplicit-fallthrough

FLAGS_debug   := -Og -g3 -DVXE_FAILPOINTS=1
# A report of a sanitizer names functions and lines: with -g1 and -Og all is compiled and linked in two thirds of the time.
FLAGS_asan    := -Og -g1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DVXE_FAILPOINTS=1
# What libFuzzer follows into the code; only clang has it, so CC is clang.
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DVXE_FAILPOINTS=1
# Other processors have no such option, or another name for it.
CF_PROTECT    := $(if $(filter release,$(VARIANT)),$(if $(filter x86_64-% i%86-%,$(shell $(CC) -dumpmachine)),-fcf-protection))
# No byte of the program depends on the folder that it is built in.
FLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection $(CF_PROTECT) -fPIE -ffile-prefix-map='$(CURDIR)'=.
# Sixty test programs are linked with it: where there is gold, in a third of the time.
LINK_asan     := -fsanitize=address,undefined $(if $(shell command -v ld.gold),-fuse-ld=gold)
LINK_fuzz     := -fsanitize=address,undefined
# ASan wraps the XDR functions, and LSan guesses at thread-local storage, of what is loaded later:
# both crash. So the asan program has libvirt from its start; the debug one shows that it need not.
EARLY_asan     = -Wl,--no-as-needed $(MOD_LIBS) $(XVA_LIBS) -Wl,--as-needed
LINK_release  := -Wl,-z,relro,-z,now
PIE_release   := -pie
ifeq ($(FLAGS_$(VARIANT)),)
$(error VARIANT is debug, asan, fuzz or release, not "$(VARIANT)")
endif

# Asked once, and only when a recipe needs it: before "make deps" there is no pkg-config.
pkg      = $(shell pkg-config $(1) 2>/dev/null)
INCLUDES = $(eval INCLUDES := $$(call pkg,--cflags json-c sqlite3 libxml-2.0 libvirt libpq))$(INCLUDES)
LIBS     = $(eval LIBS := $$(call pkg,--libs json-c sqlite3 uuid libmd) -ldl -lpthread)$(LIBS)
MOD_LIBS = $(eval MOD_LIBS := $$(call pkg,--libs libvirt libvirt-qemu libxml-2.0))$(MOD_LIBS)
XVA_LIBS = $(eval XVA_LIBS := $$(call pkg,--libs libnbd libxml-2.0 libzstd zlib libxxhash))$(XVA_LIBS)
PG_LIBS  = $(eval PG_LIBS := $$(call pkg,--libs libpq))$(PG_LIBS)
XML_LIBS = $(eval XML_LIBS := $$(call pkg,--libs libxml-2.0))$(XML_LIBS)

BASE_CFLAGS = -std=gnu17 -D_GNU_SOURCE -I. $(WARNINGS) $(INCLUDES) $(FLAGS_$(VARIANT))
ALL_CFLAGS  = $(BASE_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LINK_$(VARIANT)) $(LDFLAGS)

# ---- sources -------------------------------------------------------------------------------

ROOMS      := xe xe/* objects objects/* objects/*/* store store/* backends/* backends/*/*
SRC        := $(wildcard $(ROOMS:%=%/*.c))
MODULE_SRC := $(filter backends/libvirt/%.c,$(SRC))
MOCK_SRC   := $(wildcard tests/mock/*.c)
XVA_SRC    := $(filter backends/xva/xva_%.c,$(SRC))
PG_SRC     := $(filter store/postgresql/%.c,$(SRC))
PROG_SRC   := $(filter-out $(MODULE_SRC) $(XVA_SRC) $(PG_SRC),$(SRC))
UNIT_SRC   := $(sort $(shell find tests/unit -name 'test_*.c'))
HELPER_SRC := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c))
CASES_SRC  := $(wildcard tests/conformance/*.c)
FUZZ_SRC   := $(wildcard tests/fuzz/fuzz_*.c)
DRIVE_SRC  := $(filter-out $(FUZZ_SRC),$(wildcard tests/fuzz/*.c))
SHIM_SRC   := tests/tools/fault.c tests/tools/fault_journal.c
COUNTS_SRC := tests/tools/counts.c
STOPS_SRC  := tests/tools/stop_define.c
LOCKS_SRC  := tests/tools/no_locks.c
CLOCK_SRC  := tests/tools/other_clock.c
SHIMS      := $(addprefix $(B)/tests/tools/,fault.so counts.so stop_define.so no_locks.so other_clock.so)
TOOL_SRC   := $(filter-out $(SHIM_SRC) $(COUNTS_SRC) $(STOPS_SRC) $(LOCKS_SRC) $(CLOCK_SRC),$(wildcard tests/tools/*.c))
# A kind of content that vxe itself has not: a program of the tests with it, and the process that keeps such images.
KEPT_SRC   := $(wildcard tests/kind/kept*.c) tests/kind/keeper_ask.c
KEEPER_SRC := $(filter-out $(wildcard tests/kind/kept*.c),$(wildcard tests/kind/*.c))
# The module for PostgreSQL as that of a later version.
LATER      := $(B)/tests/tools/postgresql_later.so
KIND       := $(B)/tests/kind/image_keeper $(B)/tests/kind/vxe-kept
HEADERS    := $(wildcard $(ROOMS:%=%/*.h) tests/mock/*.h tests/conformance/*.h tests/unit/*.h \
	tests/fuzz/*.h tests/tools/*.h tests/kind/*.h)
ALL_SRC    := $(SRC) $(MOCK_SRC) $(UNIT_SRC) $(HELPER_SRC) $(CASES_SRC) $(FUZZ_SRC) $(DRIVE_SRC) \
	$(TOOL_SRC) $(SHIM_SRC) $(COUNTS_SRC) $(STOPS_SRC) $(LOCKS_SRC) $(KEPT_SRC) $(filter-out $(KEPT_SRC),$(KEEPER_SRC))

obj         = $(patsubst %.c,$(B)/%.o,$(1))
PROG_OBJ   := $(call obj,$(PROG_SRC))
MODULE_OBJ := $(call obj,$(MODULE_SRC))
XML_OBJ    := $(filter $(B)/backends/libvirt/xml/domain_xml%,$(MODULE_OBJ))
XVA_OBJ    := $(call obj,$(XVA_SRC))
PG_OBJ     := $(call obj,$(PG_SRC))
# What a unit test is linked with: all but main, and the mock instead of libvirt.
UNDER_TEST := $(call obj,$(filter-out xe/main.c,$(PROG_SRC)) $(MOCK_SRC) \
	$(XVA_SRC) $(HELPER_SRC)) $(XML_OBJ)
UNITS      := $(patsubst %.c,$(B)/tests/unit/%,$(notdir $(UNIT_SRC)))
CASES      := $(B)/tests/tools/conformance
TOOLS      := $(patsubst %.c,$(B)/%,$(TOOL_SRC)) $(SHIMS) $(CASES)
FUZZ       := $(patsubst %.c,$(B)/%,$(FUZZ_SRC))
MAN_PAGES  := vxe.1 $(shell sed -n '/^Manual page: /{s/^Manual page: //;s/[`.]//g;s/(\([17]\)),*/.\1/g;p}' docs/commands.md)
# The documents as HTML, and what they link to besides. The licence is a packager's to put where the system has them.
HTML_FILES := tests/commands.tsv tests/rings.list $(wildcard docs/examples/*)
HTML       := $(patsubst %.md,%.html,README.md CHANGELOG.md $(wildcard docs/*.md docs/*/*.md)) $(HTML_FILES)
GUESTS     := $(addprefix $(B)/tests/guest/,tick.bin tick-eject.bin \
	tick-fill.bin tick-fill-3g.bin tick-dirty.bin tick-dirty-3g.bin)

# ---- building ------------------------------------------------------------------------------

Q := $(if $(V),,@)
say = $(if $(V),:,printf '  %-5s %s\n' $(1) $@)

.DEFAULT_GOAL := all
.PHONY: all program man units tools packages fuzz-packages fuzz-targets deps demo check check-all check-beside check-on check-built pictures \
	check-corpus check-fast fuzz check-clang check-headers bench format lint install uninstall dist deb deb-packages check-deb rpm help clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: program man
	@ln -sfn $(B)/vxe vxe
program: $(B)/vxe $(B)/vxe-libvirt.so $(B)/vxe-xml.so $(B)/vxe-xva.so $(B)/vxe-postgresql.so
man: $(MAN_PAGES:%=$(B)/man/%) $(HTML:%=$(B)/html/%)
units: $(UNITS) $(FUZZ)
tools: $(TOOLS) $(KIND) $(LATER) $(GUESTS)
fuzz-targets: $(FUZZ)
# Silent when there is nothing to do.
program man units tools fuzz-targets: ; @:

$(B)/vxe: $(PROG_OBJ) $(B)/exports
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) -Wl,--dynamic-list=$(B)/exports $(ALL_LDFLAGS) -o $@ \
		$(PROG_OBJ) $(LIBS) $(EARLY_$(VARIANT))

# The manual is made of docs/commands.md, which check docs compares with the program.
$(B)/man/%: docs/commands.md share/vxe.1.md share/manual.awk
	@mkdir -p $(@D)
	@$(call say,MAN)
	$(Q)awk -v page=$(patsubst vxe,,$(basename $*)) -f share/manual.awk docs/commands.md share/vxe.1.md >$@.md
	$(Q)lowdown -s -tman --out-no-smarty $@.md >$@
	@rm $@.md

$(B)/html/%.html: %.md
	@mkdir -p $(@D)
	@$(call say,HTML)
	$(Q)lowdown -s -thtml -mtitle="$$(sed -n 's/^# //p;T;q' $<)" $< | \
		sed 's/href="\([^":]*\)\.md\([#"]\)/href="\1.html\2/g; s|<a href="LICENSE">\([^<]*\)</a>|\1|g' >$@
$(HTML_FILES:%=$(B)/html/%): $(B)/html/%: %
	@install -D -m 0644 $< $@

$(B)/tests/kind/vxe-kept: $(PROG_OBJ) $(call obj,$(KEPT_SRC)) $(B)/exports
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) -Wl,--dynamic-list=$(B)/exports $(ALL_LDFLAGS) -o $@ \
		$(filter %.o,$^) $(LIBS) $(EARLY_$(VARIANT))

$(B)/tests/kind/image_keeper: $(call obj,$(KEEPER_SRC))
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) $(ALL_LDFLAGS) -o $@ $^ -pthread

# What the modules take from the program; the rest of its names need not be in it.
$(B)/exports: $(MODULE_OBJ) $(XVA_OBJ) $(PG_OBJ)
	@nm -u $^ | awk 'BEGIN { print "{" } $$1 == "U" && $$2 !~ /^_GLOBAL_/ { print $$2 ";" } END { print "};" }' >$@

$(MODULE_OBJ) $(XVA_OBJ) $(PG_OBJ): PIC := -fPIC
$(B)/vxe-libvirt.so: $(MODULE_OBJ)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -shared $(ALL_LDFLAGS) -o $@ $^ $(MOD_LIBS)

# The part of it that reads and writes a domain's XML needs no libvirt.
$(B)/vxe-xml.so: $(XML_OBJ)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -shared $(ALL_LDFLAGS) -o $@ $^ $(XML_LIBS)

$(B)/vxe-xva.so: $(XVA_OBJ)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -shared $(ALL_LDFLAGS) -o $@ $^ $(XVA_LIBS)

$(B)/vxe-postgresql.so: $(PG_OBJ)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -shared $(ALL_LDFLAGS) -o $@ $^ $(PG_LIBS)

$(LATER): store/postgresql/pg_schema.c $(filter-out %/pg_schema.o,$(PG_OBJ)) $(B)/.flags
	@mkdir -p $(@D)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -DPG_LAYOUT=1000 -DVXE_VERSION='"99.0"' -shared $(ALL_LDFLAGS) -o $@ $(filter-out %.flags,$^) $(PG_LIBS)

# All beside each other, wherever their sources lie: a program looks for its modules beside itself.
unit = $(B)/tests/unit/$(notdir $(1:%.c=%)): $(1:%.c=$(B)/%.o)
$(foreach u,$(UNIT_SRC),$(eval $(call unit,$(u))))
$(B)/tests/unit/test_conformance: $(call obj,$(filter-out %/main.c,$(CASES_SRC)))
$(B)/tests/unit/test_kept $(B)/tests/unit/test_keeper: $(call obj,$(KEPT_SRC) $(filter-out tests/kind/image_keeper.c,$(KEEPER_SRC)))
# Only these know the engine for PostgreSQL, so only they load its library.
PG_UNITS := $(addprefix $(B)/tests/unit/,test_store test_lease test_store_postgresql)
$(PG_UNITS): $(PG_OBJ)
$(PG_UNITS): UNIT_LIBS = $(PG_LIBS)
$(UNITS): $(UNDER_TEST)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(XML_LIBS) $(XVA_LIBS) $(UNIT_LIBS)

# All targets in one program, which is linked once; its name says which one it is. libFuzzer drives
# it in the variant fuzz, replay.c in every other.
DRIVER_fuzz := -fsanitize=fuzzer
OTHER_DRIVE := $(if $(DRIVER_$(VARIANT)),%/replay.c,%/mutate.c)
FUZZ_OBJ    := $(filter-out $(call obj,$(HELPER_SRC)),$(UNDER_TEST)) \
	$(call obj,$(FUZZ_SRC) $(filter-out $(OTHER_DRIVE),$(DRIVE_SRC)))
$(B)/tests/fuzz/fuzz: $(FUZZ_OBJ)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) $(ALL_LDFLAGS) $(DRIVER_$(VARIANT)) -o $@ $^ $(LIBS) $(XML_LIBS) $(XVA_LIBS)
$(FUZZ): $(B)/tests/fuzz/fuzz
	@ln -sfn fuzz $@

units: $(B)/tests/unit/vxe-xva.so
$(B)/tests/unit/vxe-xva.so: $(B)/vxe-xva.so
	@ln -sfn ../../vxe-xva.so $@

# The same cases as in a unit, with libvirt in the mock's place.
$(CASES): $(call obj,$(CASES_SRC) $(filter-out $(PG_SRC),$(filter objects/base/% objects/disks/images/% store/% $(addprefix backends/,machine/% child/% content/% hv/% libvirt/%),$(SRC))))
	@mkdir -p $(@D)
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(MOD_LIBS)

$(filter-out $(SHIMS) $(CASES),$(TOOLS)): $(B)/%: $(B)/%.o
	@$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE_$(VARIANT)) $(ALL_LDFLAGS) -o $@ $^ $(TOOL_LIBS)

TOOL_LIBS = $(XML_LIBS)
$(B)/tests/tools/pg_once: TOOL_LIBS = $(PG_LIBS)

# Preloaded into programs of any build, so never sanitized.
$(B)/tests/tools/fault.so: $(SHIM_SRC) tests/tools/fault.h
$(B)/tests/tools/counts.so: $(COUNTS_SRC)
$(B)/tests/tools/stop_define.so: $(STOPS_SRC)
$(B)/tests/tools/no_locks.so: $(LOCKS_SRC)
$(B)/tests/tools/other_clock.so: $(CLOCK_SRC)
$(SHIMS): $(B)/.flags
	@mkdir -p $(@D)
	@$(call say,LINK)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -I. $(WARNINGS) -O1 -g -fPIC -shared -o $@ $(filter %.c,$^) -ldl

$(B)/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	@$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIC) -MMD -MP -c -o $@ $<

$(B)/tests/guest/tick-fill.bin: GUEST_FLAGS = -DFILL=513
$(B)/tests/guest/tick-dirty.bin: GUEST_FLAGS = -DFILL=400 -DDIRTY
$(B)/tests/guest/tick-fill-3g.bin: GUEST_FLAGS = -DFILL=3000
$(B)/tests/guest/tick-dirty-3g.bin: GUEST_FLAGS = -DFILL=3000 -DDIRTY
$(B)/tests/guest/tick-eject.bin: GUEST_FLAGS = -DEJECT
$(GUESTS): tests/guest/tick.asm
	@mkdir -p $(@D)
	@$(call say,NASM)
	$(Q)nasm -f bin $(GUEST_FLAGS) -o $@ $<

# Rebuild everything when the compiler or a flag changes, but -Werror: it changes no object, so that the builds of a user
# and of the checks share theirs. A check of a fresh tree compiles all with it.
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS_NOW" | cmp -s - $@ || printf '%s\n' "$$FLAGS_NOW" >$@
$(B)/.flags: export FLAGS_NOW = $(CC) $(filter-out -Werror,$(ALL_CFLAGS)) $(ALL_LDFLAGS)

-include $(patsubst %.c,$(B)/%.d,$(ALL_SRC))

# From the program's folder to that of the modules. Only an installed program needs it.
ifeq ($(VARIANT),release)
MODULES_AT = $(shell realpath -sm --relative-to='$(bindir)' '$(libdir)/vxe')
$(B)/backends/child/module.o: private ALL_CFLAGS += -DVXE_MODULES='"$(MODULES_AT)"'
$(B)/backends/child/module.o: $(B)/.modules
$(B)/.modules: FORCE
	@mkdir -p $(@D)
	@echo '$(MODULES_AT)' | cmp -s - $@ || echo '$(MODULES_AT)' >$@
endif

UNIT_FILES := $(notdir $(sort $(wildcard share/*.service share/*.timer)))
COMPLETION  = $(datarootdir)/bash-completion/completions/vxe $(datarootdir)/zsh/site-functions/_vxe \
	$(datarootdir)/fish/vendor_completions.d/vxe.fish
INSTALLED   = $(bindir)/vxe $(addprefix $(libdir)/vxe/,vxe-libvirt.so vxe-xml.so vxe-xva.so vxe-postgresql.so) \
	$(foreach page,$(MAN_PAGES),$(mandir)/man$(patsubst .%,%,$(suffix $(page)))/$(page)) $(COMPLETION) $(UNIT_FILES:%=$(unitdir)/%) $(libexecdir)/vxe/inventory.sh \
	$(HTML:%=$(htmldir)/%)
# Folders of vxe alone, which go when they are empty.
FOLDERS     = $(libdir)/vxe $(libexecdir)/vxe /opt/xensource/bin /opt/xensource $(sysconfdir)/vxe/plugins $(sysconfdir)/vxe \
	$(addprefix $(htmldir)/,docs/adr docs/examples docs tests) $(htmldir) $(docdir)
# The links of XE=1: each is named xe where it names vxe.
XE_LINKS    = $(bindir)/vxe $(mandir)/man1/vxe.1 $(filter-out %/_vxe,$(COMPLETION))
XE_FILES    = $(sysconfdir)/xensource-inventory $(sysconfdir)/xensource/pool.conf

install: program man
ifneq ($(VARIANT),release)
	$(error only VARIANT=release can be installed: a test build can be told to fail)
endif
	install $(if $(STRIP),-s --strip-program='$(STRIP)') -D -m 0755 $(B)/vxe $(DESTDIR)$(bindir)/vxe
	install $(if $(STRIP),-s --strip-program='$(STRIP)') -D -m 0644 -t $(DESTDIR)$(libdir)/vxe \
		$(B)/vxe-libvirt.so $(B)/vxe-xml.so $(B)/vxe-xva.so $(B)/vxe-postgresql.so
	install -D -m 0755 share/inventory.sh $(DESTDIR)$(libexecdir)/vxe/inventory.sh
	install -D -m 0644 -t $(DESTDIR)$(mandir)/man1 $(filter %.1,$(MAN_PAGES:%=$(B)/man/%))
	install -D -m 0644 -t $(DESTDIR)$(mandir)/man7 $(filter %.7,$(MAN_PAGES:%=$(B)/man/%))
	for file in $(HTML); do install -D -m 0644 $(B)/html/$$file $(DESTDIR)$(htmldir)/$$file || exit 1; done
	install -d $(DESTDIR)$(sysconfdir)/vxe/plugins
	set -- share/vxe.bash share/_vxe share/vxe.fish; for to in $(COMPLETION); do \
		install -D -m 0644 $$1 $(DESTDIR)$$to && shift || exit 1; done
	install -d $(DESTDIR)$(unitdir)
	for unit in $(UNIT_FILES); do sed 's|@PREFIX@/bin|$(bindir)|' share/$$unit \
		>$(DESTDIR)$(unitdir)/$$unit && chmod 0644 $(DESTDIR)$(unitdir)/$$unit || exit 1; done
ifneq ($(XE),)
	for file in $(XE_LINKS); do to=$${file##*/}; \
		ln -sfn $$to $(DESTDIR)$${file%/*}/xe$${to#vxe} || exit 1; done
	$(if $(DESTDIR),,@sh share/inventory.sh $(bindir)/vxe $(sysconfdir)/xensource-inventory)
	@sh share/xensource.sh '$(DESTDIR)' $(bindir)/xe $(sysconfdir)
endif

# A file of sysconfdir may be somebody else's, or changed. A link xe that leads elsewhere is not vxe's.
uninstall:
	rm -f $(INSTALLED:%=$(DESTDIR)%)
	@for file in $(XE_LINKS:%=$(DESTDIR)%); do \
		to=$${file##*/} && link=$${file%/*}/xe$${to#vxe}; \
		[ "$$(readlink $$link)" != $$to ] || (set -x && rm -f $$link) || exit 1; done
	@link=$(DESTDIR)/opt/xensource/bin/xe; [ "$$(readlink $$link)" != $(bindir)/xe ] || (set -x && rm -f $$link)
	@for dir in $(FOLDERS); do dir=$(DESTDIR)$$dir; \
		[ ! -d $$dir ] || rmdir --ignore-fail-on-non-empty $$dir; done
	@for file in $(XE_FILES:%=$(DESTDIR)%); do \
		[ ! -e $$file ] || echo "kept, as it may be in use: $$file"; done

VERSION  = $(shell sed -n 's/^\#define VXE_VERSION "\(.*\)"/\1/p' objects/base/version.h)
DIST     = build/vxe-$(VERSION).tar.gz

# Of the last commit: what is not committed is in no release. Its time is the time of the files.
dist:
	@mkdir -p build
	@test -z "$$(git status --porcelain --untracked-files=no)" || \
		echo 'dist: changes that are not committed are not in it' >&2
	git -c tar.umask=0022 archive --format=tar --prefix=vxe-$(VERSION)/ -o $(DIST:.gz=) HEAD
	gzip -9nf $(DIST:.gz=)
	@echo $(DIST)

# From the archive, so that nothing of this tree is in it but what is committed.
deb: deb-packages dist
	rm -rf build/deb && mkdir -p build/deb
	tar xzf $(DIST) -C build/deb
	cd build/deb/vxe-$(VERSION) && dpkg-buildpackage -us -uc -b
	lintian --allow-root --fail-on error,warning build/deb/*.changes

deb-packages: packages
	@sh tests/lib/deps.sh build-essential debhelper lintian

# Minutes and a few hundred megabytes of packages: not a part of check.
check-deb: $(if $(SUITE),,deb)
	@sh tests/lib/deps.sh mmdebstrap
	@bash tests/packages/deb.sh $(SUITE)

# What it is built with need not come from packages of rpm.
rpm: packages dist
	@sh tests/lib/deps.sh rpm rpmlint
	rm -rf build/rpm && mkdir -p build/rpm
	rpmbuild -bb --nodeps --define '_topdir $(CURDIR)/build/rpm' --define '_sourcedir $(CURDIR)/build' rpm/vxe.spec
	rpmlint --strict -c rpm/rpmlint.toml rpm/vxe.spec build/rpm/RPMS/*/*.rpm
	$(if $(filter 0,$(shell id -u)),bash tests/packages/rpm.sh build/rpm/RPMS)

help:
	@sed -n '/^\# make  /,/^$$/s/^\# \{0,1\}//p' Makefile

clean:
	rm -rf build vxe

# ---- tests ---------------------------------------------------------------------------------

# In these warnings are errors.
check check-built check-all check-beside check-corpus check-fast check-clang check-headers: export WERROR = -Werror

# Variants are built by a make of their own, with as many jobs as there are processors.
build = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

packages:
	@sh tests/lib/deps.sh $(PACKAGES) --if-known $(DRIVERS)

# libFuzzer comes with the runtime of that clang, which Debian's clang only recommends.
fuzz-packages: packages
	@sh tests/lib/deps.sh libclang-rt-$$(clang -dumpversion | cut -d. -f1)-dev

# The Linux guest is made of packages that are not installed: tests without it say so.
deps: packages fuzz-packages
	@sh tests/guest/linux/build.sh >/dev/null || \
		echo 'deps: no Linux guest: that takes Debian packages; its tests will be skipped' >&2
	@sh tests/lib/pgbouncer.sh >/dev/null 2>&1 || \
		echo 'deps: no PgBouncer: that takes a Debian package; its test will be skipped' >&2

# tests/rings.list says which test belongs to which of the three.
# The hosts run the debug program and its tools.
check: deps
	@$(build) VARIANT=asan program man units
	@$(build) VARIANT=debug program tools
	@bash tests/run

check-built: deps
	@$(build) VARIANT=asan program man units tools
	@$(build) VARIANT=debug program tools
	@$(build) VARIANT=release program

check-all: check-built
	@sh tests/lib/deps.sh mmdebstrap || echo 'check-all: no mmdebstrap: the other suites are left out' >&2
	@sh tests/lib/deps.sh chromium chromium-driver
	@bash tests/run --ring all $(if $(PART),--part $(PART))

# The picture in the README, as a browser draws it.
pictures: check-built
	@sh tests/lib/deps.sh chromium chromium-driver
	@mkdir -p $(B)/pictures docs/pictures
	@VXE_PICTURES='$(CURDIR)/$(B)/pictures' bash tests/run 290-report-drawn
	@cp $(B)/pictures/report-1280-1.png docs/pictures/report.png

# The same on a pretended machine that is in use; not a part of check.
check-beside: check-built
	@bash tests/beside.sh $(WORDS)

# On another release of Debian than this one; a gigabyte of packages.
check-on:
	@sh tests/lib/deps.sh mmdebstrap
	@bash tests/packages/on.sh '$(or $(SUITE),$(error SUITE is bookworm, trixie or testing))' $(TARGETS)

# Both releases may be others than this machine's; minutes, and a gigabyte of packages for each.
check-pool: packages
	@$(build) VARIANT=debug program tools
	@sh tests/lib/deps.sh mmdebstrap
	@bash tests/packages/pool_on.sh $(or $(SUITES),$(error SUITES is two of bookworm, trixie and testing))

# libvirt's own domains, or others: minutes, and not a part of check.
check-corpus: packages
	@$(build) VARIANT=asan program tools
	@$(build) VARIANT=debug program
	@bash tests/corpus/corpus.sh $(CORPUS)

check-fast: packages
	@$(build) VARIANT=asan program man units
	@bash tests/run --ring fast

# What it finds stays in build/fuzz, and is printed with how to repeat it.
fuzz: fuzz-packages
	@$(build) VARIANT=fuzz fuzz-targets
	@bash tests/fuzz/fuzz.sh '$(or $(SECONDS),60)' $(TARGETS)

# In the rings before all without the tests, which are a third of it.
check-clang:
	clang $(BASE_CFLAGS) -fsyntax-only $(if $(filter fast check,$(RING)),$(SRC),$(ALL_SRC))

check-headers:
	@for h in $(HEADERS); do \
		echo "#include \"$$h\"" | $(CC) $(BASE_CFLAGS) -fsyntax-only -x c - || bad=1; \
	done; test -z "$$bad"

format:
	@clang-format -i $(ALL_SRC) $(HEADERS) tests/guest/linux/*.c

# Minutes long, and not a part of check: tools of another version may see other things.
SCRIPTS := $(wildcard tests/run tests/*.sh tests/*/*.sh tests/*/*/*.sh share/*.sh share/*.bash docs/examples/*.sh)
lint: packages
	@command -v shellcheck >/dev/null || echo 'lint: no shellcheck'
	@! command -v shellcheck >/dev/null || shellcheck --severity=error -e SC2283 $(SCRIPTS)
	@command -v clang-tidy >/dev/null || echo 'lint: no clang-tidy'
	@! command -v clang-tidy >/dev/null || printf '%s\n' $(SRC) | \
		xargs -P $$(nproc) -n 8 sh -c 'clang-tidy --quiet "$$@" -- $(BASE_CFLAGS)' tidy

demo: packages
	@$(build) program tools
	@bash tests/demo.sh $(B)

bench: packages
	@$(build) VARIANT=$(VARIANT) program tools
	@bash tests/bench/bench.sh $(B)
