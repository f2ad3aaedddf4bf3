# --- what the build and the suite need ---------------------------------------
BUILD_PACKAGES := gcc make pkg-config libuv1-dev libssl-dev \
	libstrophe-dev libpq-dev libidn-dev libidn2-dev libunistring-dev libconfuse-dev libseccomp-dev libsystemd-dev \
	uthash-dev libc-ares-dev libldap-dev libwslay-dev libmicrohttpd-dev libgnutls28-dev \
	libcurl4-openssl-dev libjansson-dev postgresql openssl tzdata

.PHONY: deps
deps: ## install what is missing (asks for root only then)
	@make/install-missing.sh $(BUILD_PACKAGES)
