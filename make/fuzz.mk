# --- fuzz targets: tests/fuzz/NAME_fuzz.c, libFuzzer with sanitizers ----------
FUZZ_SECONDS ?= 60
FUZZ_BUILD   := $(BUILD)-fuzz
FUZZ_FLAGS   := -fsanitize=fuzzer-no-link,address,undefined
FUZZ_NAMES   := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_LIBS    := $(BUILD)/lib/common.a $(foreach d,authd c2sd sm proxy65d s2sd,$(if $(wildcard $(d)/main.c),$(BUILD)/lib/$(d).a))

# Daemons name their things alike: mucd's are not linked with sm's.
$(BUILD)/fuzz/room: FUZZ_LIBS := $(BUILD)/lib/common.a $(BUILD)/lib/mucd.a
$(BUILD)/fuzz/room: $(BUILD)/lib/mucd.a
$(BUILD)/fuzz/api: FUZZ_LIBS := $(BUILD)/lib/common.a $(BUILD)/lib/webd.a
$(BUILD)/fuzz/api: $(BUILD)/lib/webd.a

$(BUILD)/fuzz/upload: FUZZ_LIBS := $(BUILD)/lib/common.a $(BUILD)/lib/webd.a
$(BUILD)/fuzz/upload: $(BUILD)/lib/webd.a

$(BUILD)/fuzz/%: tests/fuzz/%_fuzz.c $(FUZZ_LIBS) $(SUPPORT)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer,address,undefined -pie -o $@ $< \
	    $(SUPPORT) -Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group $(LIBS) -lexpat -lcmocka

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_NAMES:%=$(BUILD)/fuzz/%)

# Entropic scheduling weighs every rare feature with every run, and a room has many
# thousands: it took two thirds of the time.
export FUZZ_ARGS_room := -entropic=0 -max_len=2048

.PHONY: fuzz-smoke
fuzz-smoke: ## each fuzz target for FUZZ_SECONDS (60)
	+@$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) CC=clang OPT="-O1 -g" \
	    HARDEN=-fPIE SANITIZE="$(FUZZ_FLAGS)" fuzz-programs
	@set -e; for name in $(FUZZ_NAMES); do \
	    work=$$(mktemp -d); [ ! -d tests/fuzz/corpus/$$name ] || \
	        cp tests/fuzz/corpus/$$name/* $$work/; \
	    eval "args=\$$FUZZ_ARGS_$$name"; \
	    echo "# $$name for $(FUZZ_SECONDS) s"; \
	    (cd $$work && $(abspath $(FUZZ_BUILD))/fuzz/$$name -verbosity=0 \
	        -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	        -max_len=8192 $$args .) || { echo "the input lies in $$work"; exit 1; }; \
	    rm -rf $$work; done
