#!/usr/bin/env bash
# The benchmarks: each prints Firn beside a peer of the same run, and adds its numbers to bench/results/results.jsonl.
# Names of benchmarks may be given: scripts/bench.sh tpch merge. Environments and data are kept in ~/.cache/firn.
set -euo pipefail
cd "$(dirname "$0")/.."
peer=$(python3 bench/environments.py peer)
python3 bench/environments.py fake >/dev/null
[ $# -gt 0 ] || set -- statements commits fetch prune tpch merge ingest silver
failed=0
for name in "$@"; do
  echo "== $name"
  "$peer/bin/python" -u -W ignore "bench/$name.py" || failed=1
done
exit "$failed"
