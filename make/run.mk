# --- a suite to try: alice and bob, until Ctrl-C --------------------------------
# STATE is its folder. As root it has to be one that the daemons' users can enter.
STATE     ?= $(if $(filter 0,$(shell id -u)),/var/lib/posthouse,$(abspath $(BUILD))/run)
RUN_FLAGS ?=

.PHONY: run
run: ## install what is missing, build, serve alice and bob until Ctrl-C; STATE=DIR RUN_FLAGS="--base-port 20000"
	+@$(MAKE) --no-print-directory deps
	+@$(MAKE) --no-print-directory all
	@make/run.sh "$(abspath $(BUILD))/bin" "$(STATE)" $(RUN_FLAGS)
