# The statements of authd must be there before their user is compiled.
$(BUILD)/obj/authd/store.o: $(BUILD)/gen/authd_statements.h
