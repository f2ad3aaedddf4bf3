# --- layout and lint ---------------------------------------------------------
OUR_SOURCES = $(wildcard common/*/*.[ch] $(DAEMONS:%=%/*.[ch]) sm/*/*.[ch] webd/*/*.[ch] supervise/*.[ch] \
	ctl/*.[ch] client/*.[ch] tests/unit/*/*.c tests/unit/*/*/*.c tests/support/*.[ch] \
	tests/client/*.[ch] \
	tests/bench/load/*.[ch] tests/bench/floor/*.[ch] tests/chaos/*.[ch] tests/fuzz/*.c tests/integration/*.c)

.PHONY: format
format: ## settle the layout of our own C files
	clang-format -i $(OUR_SOURCES)

.PHONY: lint
# uninitvar: uthash's macros confuse cppcheck; the compilers watch over that.
lint: lint-folders ## cppcheck, and who may include whom
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	    --enable=warning,portability,performance -I. -I$(BUILD)/gen \
	    --suppress=missingIncludeSystem --suppress=unknownMacro \
	    --suppress=uninitvar \
	    $(filter %.c,$(filter-out tests/%,$(OUR_SOURCES)))

# common/ never uses a daemon, a daemon never another daemon.
.PHONY: lint-folders
lint-folders:
	@set -e; bad=0; for folder in common $(DAEMONS) supervise ctl; do \
	    for other in $(DAEMONS) supervise ctl; do \
	        [ $$folder = $$other ] && continue; \
	        if grep -rnE "#include \"(\.\./)*$$other/" $$folder --include='*.[ch]' 2>/dev/null; \
	        then bad=1; fi; \
	    done; done; \
	if [ $$bad = 1 ]; then echo "lint: a folder includes another daemon's header"; exit 1; fi
