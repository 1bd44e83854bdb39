#!/bin/sh
# Keeps one server for one test process: kept.sh FOLDER PROGRAM ARGUMENTS…
#
# The server starts at each line "start" of standard input and is killed at each line "kill". When
# standard input closes, because the test process ended, it is killed and the folder removed.
set -u
trap '' HUP INT PIPE TERM
folder=$1
shift
server=

end() {
    if [ -n "$server" ]; then
        kill -KILL "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    server=
}

while read -r order; do
    end
    if [ "$order" = start ]; then
        (
            trap - HUP INT PIPE TERM
            cd "$folder" && exec "$@"
        ) </dev/null >>"$folder/log" 2>&1 &
        server=$!
    fi
done

end
rm -rf "$folder"
