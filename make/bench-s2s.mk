# --- what a message between servers costs --------------------------------------
.PHONY: bench-s2s
bench-s2s: all ## federated messages/s and CPU per message; PEERS="prosody ejabberd"
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) /usr/bin/python3 tests/bench/federation
