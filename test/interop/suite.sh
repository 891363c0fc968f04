#!/usr/bin/env bash
# Independent readers on Firn's tables, and Firn on theirs. FIRN_SCRIPTS: how many random scripts (200; `make check`
# runs 1,000).
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(python3 test/drivers/venv.py readers)/bin/python
"$python" -m pytest -q -p no:cacheprovider test/interop/test_iceberg_room.py
"$python" test/interop/foreign_tables.py
python3 test/serve.py -- "$python" test/interop/row_lineage.py --listen '{listen}' --password '{password}'
"$(python3 test/drivers/venv.py delta)/bin/python" test/interop/delta_mirror.py
exec python3 test/serve.py -- "$python" test/interop/random_scripts.py --listen '{listen}' --password '{password}' \
  --count "${FIRN_SCRIPTS:-200}"
