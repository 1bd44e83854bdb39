#!/bin/sh
# Keeps one PostgreSQL for one test process: own.sh BINARIES FOLDER
#
# Each line of standard input is a port to try; the answer is "ready" or "failed". When standard
# input closes, because the test process ended, the server is stopped and the folder removed.
# BINARIES is a folder with a slash at its end, or nothing to search PATH.
set -u
trap '' HUP INT PIPE TERM
binaries=$1
folder=$2
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
full_page_writes = off
synchronous_commit = off
autovacuum = off
# In the data folder, so that it goes away with it.
dynamic_shared_memory_type = mmap
CONF
fi

while read -r port; do
    if "${binaries}pg_ctl" start -D "$data" -w -t 60 -l "$log" -o "-p $port" \
        >/dev/null 2>&1 </dev/null; then
        echo ready
    else
        echo failed
    fi
done

"${binaries}pg_ctl" stop -D "$data" -m immediate >/dev/null 2>&1 </dev/null
rm -rf "$folder"
