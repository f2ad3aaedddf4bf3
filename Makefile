# Posthouse: `make help` lists what a person needs.
BUILD   ?= build
ifeq ($(origin CC),default)
CC      := gcc
endif
PREFIX  ?= /usr/local
# A daemon is a folder with a main.c; so are the two commands.
DAEMONS := $(patsubst %/main.c,%,$(wildcard $(addsuffix /main.c,routerd c2sd authd sm mucd compd s2sd proxy65d maild webd)))
COMMANDS := $(if $(wildcard supervise/main.c),posthouse) $(if $(wildcard ctl/main.c),posthousectl) $(if $(wildcard client/main.c),phchat)
COMMON  := $(wildcard common/*/*.c)

PACKAGES := libuv openssl libpq libidn libidn2 libconfuse libseccomp libsystemd libcares ldap lber libmicrohttpd gnutls libcurl jansson
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wundef
OPT      ?= -O2 -g
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -fcf-protection
SANITIZE ?=
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) $(SANITIZE) \
             -I. -I$(BUILD)/gen $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CFLAGS)
LIBS     := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lwslay -lunistring -lpthread
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now,--as-needed $(SANITIZE) $(LDFLAGS)

include $(wildcard make/*.mk)

PROGRAMS := $(DAEMONS) $(COMMANDS)
.DEFAULT_GOAL := all
.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/bin/%) ## build every program into build/bin

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort -t: -k1,1 | \
	    awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

# --- compiling ------------------------------------------------------------
GENERATED := $(patsubst sql/statements/%.sql,$(BUILD)/gen/%_statements.h,$(wildcard sql/statements/*.sql))
.SECONDARY: $(GENERATED)
$(BUILD)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

# Statements of each daemon, from SQL text to a table in C.
$(BUILD)/gen/%_statements.h: sql/statements/%.sql sql/statements/generate.awk $(wildcard sql/statements/shared/*.sql)
	@mkdir -p $(@D)
	awk -v table=$* -f sql/statements/generate.awk $< >$@

# One library per folder: everything but main.c.
COMMON_LIB := $(BUILD)/lib/common.a
$(COMMON_LIB): $(COMMON:%.c=$(BUILD)/obj/%.o)
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^

core_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(1)/main.c,$(wildcard $(1)/*.c $(1)/*/*.c)))
define folder_library
$(BUILD)/lib/$(1).a: $(call core_objects,$(1))
	@mkdir -p $$(@D)
	rm -f $$@ && ar rcs $$@ $$^
endef
FOLDERS := routerd c2sd authd sm mucd compd s2sd proxy65d maild webd supervise ctl client
$(foreach d,$(FOLDERS),$(eval $(call folder_library,$(d))))

$(DAEMONS:%=$(BUILD)/bin/%): $(BUILD)/bin/%: $(BUILD)/obj/%/main.o $(BUILD)/lib/%.a $(COMMON_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(BUILD)/bin/posthouse: $(BUILD)/obj/supervise/main.o $(BUILD)/lib/supervise.a $(COMMON_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(BUILD)/bin/posthousectl: $(BUILD)/obj/ctl/main.o $(BUILD)/lib/ctl.a $(COMMON_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/bin/phchat: $(BUILD)/obj/client/main.o $(BUILD)/lib/client.a $(COMMON_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lstrophe

# --- unit tests: tests/unit/FOLDER/NAME_test.c, one program each ------------
# make unit                      all of them
# make unit UNITS="sm common/xml"  those of some folders
UNITS ?= $(patsubst tests/unit/%/,%,$(sort $(dir $(shell find tests/unit -name '*_test.c' 2>/dev/null))))
UNIT_SOURCES := $(foreach u,$(UNITS),$(wildcard tests/unit/$(u)/*_test.c))
UNIT_PROGRAMS := $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/unit/%)
SUPPORT := $(wildcard tests/support/*.c)
unit_folder = $(firstword $(subst /, ,$(1)))
unit_library = $(if $(filter $(FOLDERS),$(call unit_folder,$(1))),$(BUILD)/lib/$(call unit_folder,$(1)).a)
.SECONDEXPANSION:
$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $$(call unit_library,$$*) $(COMMON_LIB) $(SUPPORT:%.c=$(BUILD)/obj/%.o)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) -lcmocka -lexpat
.PHONY: unit
unit: $(UNIT_PROGRAMS) ## the unit tests alone; UNITS="common/xml" for some
	@set -e; for t in $(UNIT_PROGRAMS); do echo "# $$t"; $$t; done

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
