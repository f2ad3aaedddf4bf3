# --- chaos: daemons are killed while people chat -------------------------------
CHAOS_SOURCES := $(wildcard tests/chaos/*.c tests/client/*.c)
MINUTES     ?= 1
SEED        ?=
# The long run has more people who say more.
CHAOS_USERS ?= $(if $(filter 1,$(MINUTES)),40,200)
CHAOS_RATE  ?= $(if $(filter 1,$(MINUTES)),150,1000)
CHAOS_FLAGS ?=

$(BUILD)/bin/chaos: $(CHAOS_SOURCES:%.c=$(BUILD)/obj/%.o) $(BUILD)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.PHONY: chaos
chaos: all $(BUILD)/bin/chaos ## kill daemons under load: MINUTES=10 SEED=4711
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) tests/chaos/run --minutes $(MINUTES) \
	    --users $(CHAOS_USERS) --rate $(CHAOS_RATE) \
	    $(if $(SEED),--seed $(SEED)) $(CHAOS_FLAGS)
