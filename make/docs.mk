# --- documentation that is written from the code ------------------------------
.PHONY: docs
docs: $(BUILD)/unit/common/config/documentation_test ## write docs/configuration.md
	POSTHOUSE_WRITE_DOCS=1 $<
