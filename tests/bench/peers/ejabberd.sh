# Debian's ejabberd as a private server: sourced by peers/start.
PEER_ARCHIVE_PACKAGE=erlang-p1-pgsql

# Its library for PostgreSQL knows no Unix sockets.
archive_database() { # PORT
    [ -n "${PEER_ARCHIVE:-}" ] || return 0
    cat <<EOF
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: $(($1 + 4))
sql_username: archive
sql_database: archive
EOF
}

archive_module() {
    [ -n "${PEER_ARCHIVE:-}" ] || return 0
    cat <<EOF
  mod_mam:
    db_type: sql
    default: always
EOF
}

peer_configure() { # DIR PORT
    cat "$1/localhost.crt" "$1/localhost.key" >"$1/localhost.pem"
    cat >"$1/ejabberd.yml" <<EOF
hosts: [localhost]
loglevel: warning
certfiles: ["$1/localhost.pem"]
listen:
  - port: $2
    ip: "127.0.0.1"
    module: ejabberd_c2s
    starttls_required: true
    max_stanza_size: 262144
    shaper: none
    backlog: 1024
  - port: $(($2 + 1))
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: {/api: mod_http_api}
$(archive_database "$2")
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
api_permissions:
  bench: {from: [mod_http_api], who: all, what: [register]}
modules:
  mod_roster: {}
  mod_disco: {}
  mod_offline: {}
  mod_carboncopy: {}
  mod_stream_mgmt: {}
  mod_ping: {}
  mod_proxy65:
    host: proxy.localhost
    ip: "127.0.0.1"
    hostname: "127.0.0.1"
    port: $(($2 + 3))
    access: all
    shaper: none
    max_connections: infinity
  mod_muc:
    max_users: 5000
    max_users_presence: 5000
    access_create: all
    default_room_options: {max_users: 5000}
    min_presence_interval: 0
    min_message_interval: 0
$(archive_module)
EOF
    # It does not make its tables itself.
    [ -z "${PEER_ARCHIVE:-}" ] || psql -qX -h "$1/sockets" -p $(($2 + 4)) -U archive -d archive \
        -f /usr/share/ejabberd/sql/pg.sql >/dev/null
    printf 'INET_DIST_INTERFACE=127.0.0.1\n' >"$1/ejabberdctl.cfg"
    mkdir -p "$1/spool"
    [ "$(id -u)" != 0 ] || chown -R --from=0 ejabberd "$1"
}

peer_accounts() { :; }

peer_run() { # DIR
    # Erlang would start a port mapper that outlives it.
    export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((PEER_PORT + 2))
    export HOME=$1/spool # of Erlang's cookie
    epmd &
    # ejabberdctl would change to its user by su, which sets limits of its own.
    local as=()
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid ejabberd --regid ejabberd
        --clear-groups)
    exec "${as[@]}" ejabberdctl --node "bench$PEER_PORT@localhost" --config-dir "$1" \
        --logs "$1" --spool "$1/spool" --config "$1/ejabberd.yml" \
        --ctl-config "$1/ejabberdctl.cfg" foreground
}

peer_register() { # DIR COUNT PASSWORD
    /usr/bin/python3 - "$((PEER_PORT + 1))" "$2" "$3" <<'EOF'
import http.client
import json
import sys

port, count, password = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
server = http.client.HTTPConnection("127.0.0.1", port)
for i in range(count):
    server.request("POST", "/api/register", json.dumps(
        {"user": f"load{i}", "host": "localhost", "password": password}),
        {"Content-Type": "application/json"})
    answer = server.getresponse()
    answer.read()
    if answer.status != 200:
        sys.exit(f"load{i}: status {answer.status}")
EOF
}
