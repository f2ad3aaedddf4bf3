# --- what the build and the suite need ---------------------------------------
BUILD_PACKAGES := gcc make pkg-config libuv1-dev libssl-dev \
	libstrophe-dev libpq-dev libidn-dev libidn2-dev libunistring-dev libconfuse-dev libseccomp-dev libsystemd-dev \
	uthash-dev libc-ares-dev libldap-dev libwslay-dev libmicrohttpd-dev libgnutls28-dev \
	libcurl4-openssl-dev libjansson-dev postgresql openssl

.PHONY: deps
deps: ## install what is missing (asks for root only then)
	@missing=""; for p in $(BUILD_PACKAGES); do \
	    dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -q && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -yq \
	        --no-install-recommends $$missing; fi
