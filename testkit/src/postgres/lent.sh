#!/bin/sh
# Cleans a PostgreSQL that is not ours: lent.sh PSQL URL PREFIX
#
# When standard input closes, because the test process ended, the databases whose names begin with
# PREFIX are dropped.
set -u
trap '' HUP INT PIPE TERM
cat >/dev/null
"$1" -X -q -d "$2" >/dev/null 2>&1 <<SQL
select format('drop database if exists %I with (force)', datname)
from pg_database where starts_with(datname, '$3') \gexec
SQL
