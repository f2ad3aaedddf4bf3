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

# --- floor: the least that the same steps cost ------------------------------
FLOOR := $(BUILD)/bin/floor
FLOOR_SOURCES := $(wildcard tests/bench/floor/*.c) tests/support/cluster.c
$(BUILD)/obj/tests/bench/floor/rows.o: $(GENERATED)

$(FLOOR): $(FLOOR_SOURCES:%.c=$(BUILD)/obj/%.o) $(BUILD)/lib/common.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.PHONY: bench
bench: all load $(FLOOR) ## logins, messages, memory at 1,000 TLS connections; PEERS="prosody ejabberd"
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) BENCH_SECONDS=$(BENCH_SECONDS) \
	    PEERS="$(PEERS)" FLOOR=$(abspath $(FLOOR)) \
	    SUITE_FLAGS="$(or $(SUITE_FLAGS),--set sm.archive=false)" \
	    BENCH_CONNECTIONS=$(BENCH_CONNECTIONS) tests/bench/run $(BENCH_FLAGS)
	+@$(MAKE) --no-print-directory bench-proxy

.PHONY: bench-scaling
bench-scaling: all load ## the cost of a unit at 1, 2, 4 processes, at 200 to 20,000 sessions, with 10 to 1,000 contacts
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) BENCH_SECONDS=$(BENCH_SECONDS) \
	    tests/bench/scaling

OCCUPANTS ?= 500
MESSAGES ?= 400

.PHONY: bench-rooms
bench-rooms: all load ## a room: CPU per delivery and join; OCCUPANTS=500 MESSAGES=200 PEERS="prosody ejabberd"
	for n in $(OCCUPANTS); do \
	    POSTHOUSE_BIN=$(abspath $(BUILD)/bin) PEERS="$(PEERS)" BENCH_CONNECTIONS=$$n \
	        tests/bench/run --room bench@conference.localhost --messages $(MESSAGES) \
	        $(BENCH_FLAGS) || exit 1; \
	done

.PHONY: bench-archive
bench-archive: all load ## what an archived message costs, PostgreSQL counted: archive off, on, on with an audit of content; PEERS="prosody ejabberd"
	for flags in "sm.archive=false" "sm.archive=true" \
	    "sm.archive=true --set sm.audit=content"; do \
	    echo "$$flags"; peers=; \
	    [ "$$flags" != sm.archive=true ] || peers="$(PEERS)"; \
	    POSTHOUSE_BIN=$(abspath $(BUILD)/bin) BENCH_SECONDS=$(BENCH_SECONDS) \
	        BENCH_CONNECTIONS=$(or $(ARCHIVE_CONNECTIONS),200) \
	        PEERS="$$peers" PEER_ARCHIVE=yes \
	        SUITE_FLAGS="--set $$flags" tests/bench/run $(BENCH_FLAGS) \
	        || exit 1; \
	done
