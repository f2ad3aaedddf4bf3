# --- what the build and the suite need ---------------------------------------
# PACKAGE>=VERSION: an older one does not do. Expat since then has its fixes of
# 2024 and the switch that common/xml needs (XML_SetReparseDeferralEnabled).
BUILD_PACKAGES := gcc make pkg-config libuv1-dev \
	libexpat1-dev>=2.5.0-1+deb12u2 libexpat1>=2.5.0-1+deb12u2 libssl-dev \
	libstrophe-dev libpq-dev libidn-dev libconfuse-dev libseccomp-dev libsystemd-dev \
	uthash-dev postgresql openssl

.PHONY: deps
deps: ## install what is missing (asks for root only then)
	@missing=""; for p in $(foreach p,$(BUILD_PACKAGES),'$p'); do \
	    has=$$(dpkg-query -W -f='$${Version}' "$${p%%>=*}" 2>/dev/null); \
	    least=; [ "$$p" = "$${p%%>=*}" ] || least=$${p##*>=}; \
	    [ -n "$$has" ] && dpkg --compare-versions "$$has" ge "$$least" || \
	        missing="$$missing $${p%%>=*}"; done; \
	if [ -n "$$missing" ]; then \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -q && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -yq \
	        --no-install-recommends $$missing; fi
