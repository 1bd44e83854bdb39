#!/bin/sh
# Keeps one server for one test process: kept.sh FOLDER PROGRAM ARGUMENTS…
#
# Each line of standard input is an order: "start" or "kill"; the answer is the server's process id
# or "killed". When standard input closes, because the test process ended, the server is killed
# and the folder removed.
set -u
trap '' HUP INT PIPE TERM
folder=$1
shift
server=

end() {
    if [ -n "$server" ]; then
        kill -KILL "$server" 2>/dev/null
        wait "$server" 2>/dev/null
        server=
    fi
}

while read -r order; do
    case $order in
    start)
        end
        (
            trap - HUP INT PIPE TERM
            cd "$folder" && exec "$@"
        ) </dev/null >>"$folder/log" 2>&1 &
        server=$!
        echo "$server"
        ;;
    kill)
        end
        echo killed
        ;;
    esac
done

end
rm -rf "$folder"
