# --- what single steps of a stanza's way cost ---------------------------------
$(BUILD)/bin/micro_bench: $(BUILD)/obj/tests/bench/micro.o $(BUILD)/lib/routerd.a $(BUILD)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.PHONY: bench-micro
bench-micro: $(BUILD)/bin/micro_bench ## nanoseconds of parsing, writing, addresses, channels, routing
	$<
