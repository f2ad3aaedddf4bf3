# --- tests: everything that shows that Posthouse works ----------------------
TEST_PACKAGES := python3-slixmpp python3-nbxmpp python3-websockets python3-pytest python3-pytest-xdist python3-cryptography python3-aiohttp tmux \
	profanity libstrophe-dev libcmocka-dev libexpat1-dev clang libclang-rt-14-dev clang-format cppcheck \
	openssl util-linux systemd iproute2 prosody ejabberd dnsmasq-base slapd ldap-utils \
	chromium-headless-shell python3-aioxmpp curl
# What `make test` gives each fuzz target; `make fuzz-smoke` alone takes longer.
TEST_FUZZ_SECONDS ?= 5
PYTEST ?= /usr/bin/python3 -m pytest
# Two files of tests at a time: each waits for its daemons most of the time.
PYTEST_FLAGS ?= -q -n 2 --dist loadfile
TEST_CLIENTS := $(BUILD)/bin/strophe_client $(BUILD)/converse.js/package

.PHONY: test-deps
test-deps: ## what the tests need, when it is missing
	@make/install-missing.sh $(TEST_PACKAGES) $$(command -v npm >/dev/null || echo npm)

# Unit programs, integration tests and fuzz targets all run, even when an earlier
# one fails; the last line counts them all.
.PHONY: test
test: ## install what the tests need, build, run them all
	+@$(MAKE) --no-print-directory deps test-deps
	+@$(MAKE) --no-print-directory all $(TEST_CLIENTS)
	+@MAKE="$(MAKE)" BUILD="$(BUILD)" PYTEST="$(PYTEST)" \
	    PYTEST_FLAGS="$(PYTEST_FLAGS)" FUZZ_SECONDS="$(TEST_FUZZ_SECONDS)" \
	    tests/run-all

# The list of programs is known only behind the includes.
.PHONY: unit-programs
unit-programs:
	+@$(MAKE) --no-print-directory $(UNIT_PROGRAMS)

.PHONY: integration
integration: all $(TEST_CLIENTS) ## the integration tests alone
	POSTHOUSE_BIN=$(abspath $(BUILD)/bin) \
	    $(PYTEST) $(PYTEST_FLAGS) tests/integration

# The same tests against daemons with AddressSanitizer and UBSan.
.PHONY: check-asan
check-asan: ## unit and integration tests with sanitizers
	+@tests/with-sanitizers \
	    $(MAKE) --no-print-directory BUILD=$(BUILD)-asan OPT="-O1 -g" \
	    SANITIZE="-fsanitize=address,undefined -fno-omit-frame-pointer" \
	    TEST_FUZZ_SECONDS=0 test

# --- clients that the integration tests run ---------------------------------
$(BUILD)/bin/strophe_client: tests/integration/strophe_client.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) -o $@ $< -lstrophe

# What people have in a browser: of this version, with these bytes, and none of its
# scripts is run.
CONVERSE := converse.js@14.0.0
CONVERSE_SHA512 := 2c5520d37d230da955e3bbc8fefc953ea60f65f2585c56ee6eaf2fd1c1437b6cd735e786124dd4a74163fd64f34fab7ee9da3e700213a32ef77808fb44d0e3d9
$(BUILD)/converse.js/package: make/test.mk
	@rm -rf $(@D) && mkdir -p $(@D)
	cd $(@D) && npm pack --silent $(CONVERSE) >/dev/null
	@cd $(@D) && echo "$(CONVERSE_SHA512)  $$(echo *.tgz)" | sha512sum -c --quiet
	@cd $(@D) && tar -xzf *.tgz package/dist && rm *.tgz
