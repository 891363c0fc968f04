#!/usr/bin/env bash
# The tests of `make test`: unit tests, SQL tests over the wire, real drivers and independent readers.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0
note() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi; }

run() {  # run name command…
  local name=$1; shift
  echo "== $name"
  local status=0
  "$@" || status=$?
  note "$status" "$name"
}

for program in build/*_test; do
  run "$(basename "$program")" timeout 900 "$program" --gtest_brief=1
done
run "sql" timeout 900 python3 test/serve.py -- python3 test/sql/run.py --listen '{listen}' --password '{password}'
for suite in test/interop/suite.sh test/faults/suite.sh; do
  [ -x "$suite" ] && run "$suite" timeout 1500 "$suite"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
