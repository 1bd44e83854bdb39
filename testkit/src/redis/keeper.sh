# Starts and ends a Redis as it is told, and ends it when its input closes: the last thing that a
# test process does, however it ends.
port=$1
folder=$(mktemp -d)
command -v redis-server >/dev/null || missing=yes
while read -r word; do
    if [ -n "$missing" ]; then
        echo "keeper: redis-server is missing"
        continue
    fi
    case $word in
    start)
        redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no \
            --maxmemory-policy noeviction --dir "$folder" >"$folder/log" 2>&1 </dev/null &
        server=$!
        ;;
    kill)
        kill -9 "$server"
        wait "$server" 2>/dev/null
        ;;
    esac
    echo "keeper: $word"
done
if [ -n "$server" ]; then
    kill -9 "$server" 2>/dev/null
    wait "$server" 2>/dev/null
fi
rm -rf "$folder"
