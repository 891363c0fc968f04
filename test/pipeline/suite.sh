#!/usr/bin/env bash
# The pipeline of a real server: tasks.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 test/serve.py -- python3 test/pipeline/tasks.py --listen '{listen}' --password '{password}'
