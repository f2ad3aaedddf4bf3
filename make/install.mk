# --- install: programs, man pages, SQL, units ------------------------------------
BINDIR     = $(PREFIX)/bin
DATADIR    = $(PREFIX)/share/posthouse
DOCDIR     = $(PREFIX)/share/doc/posthouse
MANDIR     = $(PREFIX)/share/man
SYSTEMD    = $(PREFIX)/lib
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions
SYSCONFDIR ?= /etc
UNITS_HERE := $(wildcard etc/systemd/*.service etc/systemd/*.target etc/systemd/*.timer)
DROP_INS   := posthouse-.service.d posthouse-daily.service.d posthouse-maild.service.d

# A file with the paths of this install.
define install_filled
	sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' $(1) \
	    >"$(DESTDIR)$(2)/$(notdir $(1))"
	chmod 644 "$(DESTDIR)$(2)/$(notdir $(1))"

endef

.PHONY: install
install: all ## install everything; DESTDIR= PREFIX= (/usr/local) SYSCONFDIR= (/etc)
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(DATADIR)/sql/migrations $(DOCDIR) \
	    $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man8 $(SYSTEMD)/sysusers.d \
	    $(SYSTEMD)/tmpfiles.d $(addprefix $(SYSTEMD)/systemd/system/,$(DROP_INS)) \
	    $(COMPLETIONDIR) $(SYSCONFDIR)/posthouse)
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) "$(DESTDIR)$(BINDIR)"
	install -m 644 sql/*.sql "$(DESTDIR)$(DATADIR)/sql"
	install -m 644 sql/migrations/*.sql "$(DESTDIR)$(DATADIR)/sql/migrations"
	install -m 644 README.md docs/*.md "$(DESTDIR)$(DOCDIR)"
	for section in 1 5 8; do \
	    for page in docs/man/*.$$section; do \
	        [ ! -f "$$page" ] || install -m 644 "$$page" "$(DESTDIR)$(MANDIR)/man$$section"; \
	    done; done
	install -m 644 etc/completion/* "$(DESTDIR)$(COMPLETIONDIR)"
	install -m 644 etc/sysusers.d/posthouse.conf "$(DESTDIR)$(SYSTEMD)/sysusers.d"
	install -m 644 etc/tmpfiles.d/posthouse.conf "$(DESTDIR)$(SYSTEMD)/tmpfiles.d"
	$(foreach unit,$(UNITS_HERE),$(call install_filled,$(unit),$(SYSTEMD)/systemd/system))
	$(foreach d,$(DROP_INS),$(call install_filled,etc/systemd/$(d)/hardening.conf,$(SYSTEMD)/systemd/system/$(d)))
	[ -e "$(DESTDIR)$(SYSCONFDIR)/posthouse/posthouse.conf" ] || \
	    install -m 640 etc/posthouse.conf "$(DESTDIR)$(SYSCONFDIR)/posthouse/posthouse.conf"
	[ -e "$(DESTDIR)$(SYSCONFDIR)/posthouse/processes" ] || \
	    install -m 644 etc/processes "$(DESTDIR)$(SYSCONFDIR)/posthouse/processes"
