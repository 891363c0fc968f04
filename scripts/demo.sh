#!/usr/bin/env bash
# The example pipeline end to end, on a server and a lake of its own that are gone afterwards: examples/flights.
set -euo pipefail
cd "$(dirname "$0")/.."
sample=$(python3 deps/fetch.py --sample)
python=$(python3 test/drivers/venv.py py5)/bin/python
exec python3 test/serve.py -- "$python" examples/flights/demo.py --listen '{listen}' --password '{password}' \
  --folder "$sample" "$@"
