#!/usr/bin/env bash
# Independent readers on Firn's tables. FIRN_SCRIPTS: how many random scripts (200; `make check` runs 1,000).
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(python3 test/drivers/venv.py readers)/bin/python
exec python3 test/serve.py -- "$python" test/interop/random_scripts.py --listen '{listen}' --password '{password}' \
  --count "${FIRN_SCRIPTS:-200}"
