# --- messages to groups ---------------------------------------------------------
MEMBERS ?= 1000
.PHONY: bench-broadcast
bench-broadcast: all ## deliveries/s of messages to everybody: MEMBERS=1000
	@POSTHOUSE_BIN=$(CURDIR)/$(BUILD)/bin /usr/bin/python3 tests/bench/broadcast/run.py $(MEMBERS)
