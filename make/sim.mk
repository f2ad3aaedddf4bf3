# --- simulator: the cores under schedules of faults, each from its seed -----------
SIM_SOURCES := $(wildcard tests/sim/*.c)
SEEDS ?= 1000

$(BUILD)/bin/sim: $(SIM_SOURCES:%.c=$(BUILD)/obj/%.o) $(BUILD)/lib/c2sd.a $(BUILD)/lib/sm.a $(BUILD)/lib/routerd.a $(BUILD)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

.PHONY: sim
sim: $(BUILD)/bin/sim ## schedules of faults: SEEDS=1000 SEED=first PLAIN=1 (clients without XEP-0198, too)
	$< $(or $(SEED),1) $(SEEDS) $(if $(PLAIN),plain)
