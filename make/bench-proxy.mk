# --- what the relay of files costs --------------------------------------------
$(BUILD)/bin/splice_relay: $(BUILD)/obj/tests/bench/splice_relay.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^

.PHONY: bench-proxy
bench-proxy: all $(BUILD)/bin/splice_relay ## MB/s and CPU per GB of proxy65d; PEERS="prosody ejabberd"
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) tests/bench/proxy
