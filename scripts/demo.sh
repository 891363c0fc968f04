#!/usr/bin/env bash
# The example pipeline end to end, on a server and a lake of its own that are gone afterwards: examples/flights.
# --s3: the lake lies in a bucket; --format delta: its tables are published as Delta too.
set -euo pipefail
cd "$(dirname "$0")/.."
sample=$(python3 deps/fetch.py --sample)
python=$(python3 test/drivers/venv.py py5)/bin/python
lake=() options=()
for word in "$@"; do
  if [ "$word" = --s3 ]; then lake=(--s3); else options+=("$word"); fi
done
exec python3 test/serve.py "${lake[@]}" -- "$python" examples/flights/demo.py --listen '{listen}' \
  --password '{password}' --folder "$sample" "${options[@]}"
