# --- what the link and the router cost ---------------------------------------
$(BUILD)/bin/link_bench: $(BUILD)/obj/tests/bench/link_bench.o $(BUILD)/lib/routerd.a $(BUILD)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.PHONY: bench-link
bench-link: $(BUILD)/bin/link_bench ## frames per second and CPU per frame
	$<
