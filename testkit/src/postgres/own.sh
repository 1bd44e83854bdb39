#!/bin/sh
# Keeps one PostgreSQL for one test process: own.sh BINARIES FOLDER OPTIONS
#
# Each line of standard input is a port to try; the answer is "ready" or "failed". The line "stop"
# stops the server as a crash would; the answer is "stopped". When standard input closes, because
# the test process ended, the server is stopped and the folder removed.
# BINARIES is a folder with a slash at its end, or nothing to search PATH. OPTIONS go to the server.
set -u
trap '' HUP INT PIPE TERM
binaries=$1
folder=$2
options=$3
data=$folder/data
log=$folder/log
export LC_ALL=C
cd "$folder" || exit 1

if "${binaries}initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >"$log" 2>&1 </dev/null; then
    cat >>"$data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
fsync = off
# In the data folder, so that it goes away with it.
dynamic_shared_memory_type = mmap
CONF
fi

stop() {
    "${binaries}pg_ctl" stop -D "$data" -m immediate >/dev/null 2>&1 </dev/null
}

while read -r port; do
    if [ "$port" = stop ]; then
        stop
        echo stopped
        continue
    fi
    if "${binaries}pg_ctl" start -D "$data" -w -t 60 -l "$log" -o "-p $port $options" \
        >/dev/null 2>&1 </dev/null; then
        echo ready
    else
        echo failed
    fi
done

stop
rm -rf "$folder"
