#!/bin/sh
# Keeps one server for one test process: kept.sh FOLDER PROGRAM ARGUMENTS…
#
# The server starts when standard input has a line. When standard input closes, because the test
# process ended, the server is killed and the folder removed.
set -u
trap '' HUP INT PIPE TERM
folder=$1
shift
server=

while read -r _; do
    (
        trap - HUP INT PIPE TERM
        cd "$folder" && exec "$@"
    ) </dev/null >>"$folder/log" 2>&1 &
    server=$!
done

if [ -n "$server" ]; then
    kill -KILL "$server" 2>/dev/null
    wait "$server" 2>/dev/null
fi
rm -rf "$folder"
