#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 test/faults/hanging_storage.py
exec python3 test/faults/processes.py
