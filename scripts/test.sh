#!/usr/bin/env bash
# The tests of `make test`: unit tests, SQL tests over the wire, real drivers and independent readers.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0 seconds=""
note() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi; }

run() {  # run name command…
  local name=$1; shift
  echo "== $name"
  local status=0 begin=$SECONDS
  "$@" || status=$?
  seconds+="$(printf '%6d s  %s' $((SECONDS - begin)) "$name")"$'\n'
  note "$status" "$name"
}

for program in build/*_test; do
  case $(basename "$program") in
    # These have tests that need a real S3 server.
    engine_test | storage_test) wrapper=(python3 test/interop/s3_server.py --) ;;
    *) wrapper=() ;;
  esac
  run "$(basename "$program")" timeout 900 "${wrapper[@]}" "$program" --gtest_brief=1
done
sql=(python3 test/sql/run.py --listen '{listen}' --password '{password}')
run "sql" timeout 900 python3 test/serve.py -- "${sql[@]}"
run "sql on S3" timeout 900 python3 test/serve.py --s3 -- "${sql[@]}" test/sql/ddl
for suite in test/drivers/suite.sh test/interop/suite.sh test/faults/suite.sh test/pipeline/suite.sh; do
  [ -x "$suite" ] && run "$suite" timeout 1500 "$suite"
done
printf '%s' "$seconds"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
