#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 test/faults/hanging_storage.py
python3 test/faults/processes.py
exec "$(python3 test/drivers/venv.py readers)/bin/python" test/faults/upkeep_kills.py
