#!/usr/bin/env bash
# Brings a suite up, creates alice and bob, shows the logs, and takes the suite
# down at Ctrl-C. Called by `make run`: BIN STATE [option of posthouse up]...
set -eu
bin=$1
state=$2
shift 2
accounts=$state/accounts.csv

password() {
    tr -dc 'a-z0-9' </dev/urandom | head -c 16 || true # head ends tr
}

# Two accounts, once; posthousectl reads the file as its own user.
create_accounts() {
    [ -x "$bin/posthousectl" ] || return 0
    (
        umask 077
        echo "jid,password"
        for name in alice bob; do
            echo "$name@$PH_DOMAIN,$(password)"
        done
    ) >"$accounts.new"
    chmod 600 "$accounts.new"
    [ "$(id -u)" != 0 ] || {
        chgrp posthouse-ctl "$accounts.new"
        chmod 640 "$accounts.new"
    }
    "$bin/posthousectl" --state "$state" user import "$accounts.new" >/dev/null
    chmod 600 "$accounts.new"
    mv "$accounts.new" "$accounts"
}

print_accounts() {
    [ -f "$accounts" ] || return 0
    tail -n +2 "$accounts" | while IFS=, read -r jid password; do
        echo "  $jid  password $password"
    done
}

# Its certificate is accepted for each port by itself.
print_browser() {
    local host=$PH_HOST # another domain may be one that no DNS knows
    [ "$PH_DOMAIN" != localhost ] || host=localhost
    [ -n "${PH_WEB_PORT:-}" ] || return 0
    echo "  in a browser: wss://$host:$PH_WEB_PORT/xmpp-websocket; accept the certificate"
    echo "    at https://$host:$PH_WEB_PORT/${PH_HTTPS_PORT:+ and, for files, at https://$host:$PH_HTTPS_PORT/}"
}

stop() {
    trap - EXIT
    trap '' INT TERM # once is enough
    [ -z "$viewer" ] || kill "$viewer" 2>/dev/null || true
    echo "stopping"
    "$bin/posthouse" down --state "$state"
}

viewer=
"$bin/posthouse" up --state "$state" "$@" --detach
trap stop EXIT
trap 'exit 0' INT TERM
# shellcheck disable=SC1091
. "$state/posthouse.env"
[ -f "$accounts" ] || create_accounts
cat <<END

Posthouse serves $PH_DOMAIN. Log in with any XMPP client:
$(print_accounts)
  server $PH_HOST, port ${PH_C2S_PORT:-none} (STARTTLS) or ${PH_C2S_TLS_PORT:-none} (TLS)
  certificate to trust: $PH_CA_FILE
  in a terminal: $bin/phchat --jid alice@$PH_DOMAIN \\
    --server $PH_HOST:${PH_C2S_PORT:-none} --ca $PH_CA_FILE
$(print_browser)
  new accounts: register in the client, or
    $bin/posthousectl --state $state user add NAME@$PH_DOMAIN
Ctrl-C stops everything. From here on: the daemons' logs.

END
tail --pid="$(cat "$state/run/posthouse.pid")" -q -n 0 -F "$state"/log/*.log &
viewer=$!
wait "$viewer" || true
