# A private PostgreSQL for another server's archive, with the settings that a suite's
# own one has: sourced by peers/start when PEER_ARCHIVE is set.

# As whom nothing but the database runs; root may not.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid postgres --regid postgres --clear-groups "$@"
    else
        "$@"
    fi
}

# Serves the database `archive` to everybody at the socket in DIR/sockets and on
# loopback.
postgres_open() { # DIR PORT
    local bin
    bin=$(pg_config --bindir)
    mkdir -p "$1/pg" "$1/sockets"
    [ "$(id -u)" != 0 ] || chown postgres "$1/pg" "$1/sockets"
    as_postgres "$bin/initdb" -D "$1/pg" --auth trust --username archive \
        --encoding UTF8 --locale C.UTF-8 --data-checksums --no-sync >"$1/initdb.log"
    as_postgres "$bin/pg_ctl" -D "$1/pg" -l "$1/pg/log" -w start \
        -o "-k $1/sockets -p $2 -c listen_addresses=127.0.0.1 -c log_destination=stderr" \
        >>"$1/initdb.log"
    as_postgres createdb -h "$1/sockets" -p "$2" -U archive archive
}

postgres_pid() { # DIR
    head -n 1 "$1/pg/postmaster.pid"
}
