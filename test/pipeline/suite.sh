#!/usr/bin/env bash
# The pipeline of a real server: tasks; the registry; the consumer API; evolution and history of silver; jobs, runs and
# lineage; ingest, on servers of its own; bad input; the acceptance tests in one combination, those of rows in its opposite
# too; the example.
set -euo pipefail
cd "$(dirname "$0")/../.."
readers="$(python3 test/drivers/venv.py readers)/bin/python"
for test in tasks registry consumer upkeep dynamic_tables evolution history; do
  python3 test/serve.py -- "$readers" "test/pipeline/$test.py" --listen '{listen}' --password '{password}'
done
python3 test/pipeline/ingest.py
python3 test/pipeline/two_processes.py
python3 test/pipeline/bad_input.py
validator="$(python3 test/drivers/venv.py consumer)/bin/python"
python3 test/serve.py -- "$validator" test/pipeline/jobs.py --listen '{listen}' --password '{password}'
python3 test/pipeline/acceptance.py iceberg+disk
python3 test/pipeline/acceptance.py --data delta+s3
scripts/demo.sh --quiet  # the example's gold is what pandas computes
