# --- load: what a login, a message and an idle connection cost --------------
LOAD_SOURCES := $(wildcard tests/bench/load/*.c tests/client/*.c)
LOAD := $(BUILD)/bin/load
BENCH_CONNECTIONS ?= 1000
BENCH_SECONDS ?= 10
BENCH_FLAGS ?=
PEERS ?=

$(LOAD): $(LOAD_SOURCES:%.c=$(BUILD)/obj/%.o) $(BUILD)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.PHONY: load
load: $(LOAD)

.PHONY: bench
bench: all load ## logins, messages, memory at 1,000 TLS connections; PEERS="prosody ejabberd"
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) BENCH_SECONDS=$(BENCH_SECONDS) \
	    PEERS="$(PEERS)" \
	    BENCH_CONNECTIONS=$(BENCH_CONNECTIONS) tests/bench/run $(BENCH_FLAGS)
	+@$(MAKE) --no-print-directory bench-proxy

.PHONY: bench-rooms
bench-rooms: all ## what a room costs: OCCUPANTS=300 MESSAGES=200
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) /usr/bin/python3 tests/bench/rooms.py
