#!/usr/bin/env bash
# Starts the server on $1 with data in $2, loads the sample database through COPY INTO, and says how to connect.
# A password that was not given in FIRN_ADMIN_PASSWORD is made once and kept in <data>.password, mode 0600.
set -euo pipefail
cd "$(dirname "$0")/.."
listen=$1 data=$2
port=${listen##*:}
password_file="${data%/}.password"
sample=$(python3 deps/fetch.py --sample)

build/firn serve --data "$data" --listen "$listen" --password-file "$password_file" --allow-dir "$sample" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM

for _ in $(seq 600); do
  kill -0 "$server" 2>/dev/null || { wait "$server" || exit $?; exit 1; }
  curl -fs -o /dev/null "http://$listen/readyz" && break
  sleep 0.05
done

python3 sample/load.py --listen "$listen" --password-file "$password_file" --folder "$sample"
cat <<TEXT

Firn listens on http://$listen; its data is in $data.
User ADMIN; the password is in $password_file.

  pip install snowflake-connector-python
  python3 - <<'PY'
import snowflake.connector
connection = snowflake.connector.connect(
    user="ADMIN", password=open("$password_file").read().strip(), account="firn",
    host="127.0.0.1", port=$port, protocol="http", database="SAMPLE", schema="PUBLIC")
print(connection.cursor().execute(
    "SELECT carrier, count(*) AS flights FROM flights GROUP BY carrier ORDER BY flights DESC LIMIT 5").fetchall())
PY

Or: build/firn sql --url http://$listen --password-file $password_file -c 'SELECT count(*) FROM sample.public.flights'
Ctrl-C stops the server.
TEXT
wait "$server"
