# Debian's prosody as a private server: sourced by peers/start.
PEER_ARCHIVE_PACKAGE=lua-dbi-postgresql

archive_module() {
    [ -z "${PEER_ARCHIVE:-}" ] || echo ', "mam"'
}

archive_settings() { # DIR PORT
    [ -n "${PEER_ARCHIVE:-}" ] || return 0
    cat <<EOF
storage = { archive = "sql" }
default_archive_policy = true
sql = { driver = "PostgreSQL", database = "archive", username = "archive",
    host = "$1/sockets", port = $(($2 + 4)) }
EOF
}

peer_configure() { # DIR PORT
    cat >"$1/prosody.cfg.lua" <<EOF
daemonize = false
run_as_root = true
pidfile = "$1/prosody.pid"
data_path = "$1/data"
certificates = "$1"
interfaces = { "127.0.0.1" }
c2s_ports = { $2 }
s2s_ports = {}
proxy65_ports = { $(($2 + 3)) }
proxy65_interfaces = { "127.0.0.1" }
c2s_require_encryption = true
authentication = "internal_hashed"
modules_enabled = { "roster", "saslauth", "tls", "disco", "presence",
    "message", "iq", "offline", "carbons", "smacks", "ping"
    $(archive_module) }
$(archive_settings "$1" "$2")
modules_disabled = { "s2s" }
limits = {}
log = { warn = "$1/prosody.log" }
network_backend = "epoll"
VirtualHost "localhost"
    ssl = { key = "$1/localhost.key"; certificate = "$1/localhost.crt" }
Component "conference.localhost" "muc"
Component "proxy.localhost" "proxy65"
    proxy65_address = "127.0.0.1"
EOF
}

# As its own data files: each password is replaced by a verifier at first login.
peer_accounts() { # DIR COUNT PASSWORD
    mkdir -p "$1/data/localhost/accounts"
    for ((i = 0; i < $2; i++)); do
        printf 'return { ["password"] = "%s" }\n' "$3" \
            >"$1/data/localhost/accounts/load$i.dat"
    done
}

peer_run() { # DIR
    local as=()
    if [ "$(id -u)" = 0 ]; then
        chown -R --from=0 prosody "$1"
        as=(setpriv --reuid prosody --regid prosody --clear-groups)
    fi
    exec "${as[@]}" prosody --config "$1/prosody.cfg.lua" -F
}

peer_register() { :; }
