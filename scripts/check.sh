#!/usr/bin/env bash
# The long checks of `make check`, after everything of `make test`: the text, clang-tidy, 1,000 random scripts, a week
# of commits in a simulation, all SQL on S3, ingest under kills and on S3, the acceptance tests of the pipeline, Spark,
# and the tests under sanitizers. Names as arguments choose parts: check.sh asan spark
set -euo pipefail
cd "$(dirname "$0")/.."
JOBS=${JOBS:-$(nproc)}
passed=0 failed=0 seconds=""
chosen=("$@")

run() {  # run name command…
  local name=$1; shift
  echo "== $name"
  local status=0 begin=$SECONDS
  "$@" || status=$?
  seconds+="$(printf '%6d s  %s' $((SECONDS - begin)) "$name")"$'\n'
  if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
}

wanted() { [ ${#chosen[@]} -eq 0 ] || [[ " ${chosen[*]} " == *" $1 "* ]]; }

sources() { git ls-files 'src/*.cc' 'src/*.h' 'test/*.cc' 'test/*.h' 'bench/*.cc' 'bench/*.h'; }
formatted() { sources | xargs clang-format-16 --dry-run --Werror; }
# Clang cannot read GCC's precompiled headers: it gets the headers themselves.
tidied() {
  local header
  mkdir -p build/tidy
  for header in build/CMakeFiles/*.dir/cmake_pch.hxx; do
    cp "$header" "build/tidy/$(basename "$(dirname "$header")" .dir).hxx"
  done
  sed -E "s#[^ ]*CMakeFiles/([a-z_]+)\.dir/cmake_pch\.hxx([ \"])#$PWD/build/tidy/\1.hxx\2#g" build/compile_commands.json \
    >build/tidy/compile_commands.json
  find src -name '*.cc' | xargs -P "$JOBS" -n 4 timeout 1200 clang-tidy-16 -p build/tidy --quiet
}

# What a sanitizer said of any process, a server that a test killed included.
nothing_reported() {
  local reports
  reports=$(find "$1" -type f)
  [ -z "$reports" ] || { xargs head -n 80 <<<"$reports"; return 1; }
}

# Every unit test program, the SQL tests, the faults, the drivers and the pipeline, built with the preset $1.
sanitized() {
  local preset=$1
  local reports="$PWD/build-$preset/reports"
  ulimit -s 65536  # a sanitizer's frames are several times as large, and some tests nest deep
  cmake --preset "$preset" >/dev/null
  cmake --build "build-$preset" -j"$JOBS"
  rm -rf "$reports"
  mkdir "$reports"
  export ASAN_OPTIONS="${ASAN_OPTIONS:-}:log_path=$reports/asan" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:log_path=$reports/ubsan"
  export TSAN_OPTIONS="${TSAN_OPTIONS:-}:log_path=$reports/tsan"
  export FIRN_PROGRAM="$PWD/build-$preset/firn"
  local program
  for program in "build-$preset"/*_test; do
    run "$preset: $(basename "$program")" timeout 3600 python3 test/interop/s3_server.py -- "$program" --gtest_brief=1
  done
  run "$preset: sql" timeout 3600 python3 test/serve.py -- \
    python3 test/sql/run.py --listen '{listen}' --password '{password}'
  run "$preset: faults" timeout 3600 test/faults/suite.sh
  run "$preset: drivers" timeout 3600 test/drivers/suite.sh
  run "$preset: pipeline" timeout 7200 test/pipeline/suite.sh
  run "$preset: nothing reported" nothing_reported "$reports"
  unset FIRN_PROGRAM ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
}

if wanted text; then
  run "clang-format" formatted
fi
if wanted tidy; then
  run "clang-tidy" tidied
fi
if wanted scripts; then
  export FIRN_SCRIPTS=1000
  run "1,000 random scripts" timeout 7200 test/interop/suite.sh
  unset FIRN_SCRIPTS
fi
if wanted week; then
  run "a week of commits a second" timeout 7200 env FIRN_SIMULATE=week build/pipeline_test --gtest_brief=1 \
    --gtest_filter='UpkeepSimulation.*'
fi
if wanted s3; then
  readers=$(python3 test/drivers/venv.py readers)/bin/python
  run "sql on S3" timeout 3600 python3 test/serve.py --s3 -- \
    python3 test/sql/run.py --listen '{listen}' --password '{password}'
  run "random scripts on S3" timeout 3600 python3 test/serve.py --s3 -- \
    "$readers" test/interop/random_scripts.py --listen '{listen}' --password '{password}' --count 200 --seed 5001
fi
if wanted ingest; then
  export FIRN_KILLS_SECONDS=600
  run "ingest under kill -9 for ten minutes" timeout 1800 python3 test/pipeline/ingest.py kills
  export FIRN_KILLS_SECONDS=60 FIRN_INGEST_S3=1
  run "ingest on S3" timeout 1800 python3 test/pipeline/ingest.py forms idempotency_keys channels kills \
    objects_survive_a_kill large_batches_and_many broken_lines_of_ndjson
  unset FIRN_KILLS_SECONDS FIRN_INGEST_S3
fi
if wanted acceptance; then
  for combination in iceberg+disk iceberg+s3 delta+disk delta+s3; do
    run "acceptance: $combination" timeout 1200 python3 test/pipeline/acceptance.py "$combination"
  done
  run "the example on S3" timeout 600 scripts/demo.sh --quiet --s3
  run "the example as Delta, on S3" timeout 600 scripts/demo.sh --quiet --s3 --format delta
fi
if wanted spark; then
  run "Spark" timeout 3600 "$(python3 test/drivers/venv.py spark)/bin/python" test/interop/spark.py
fi
# The released libraries (DuckDB, Arrow) are not instrumented: what only they could tell a sanitizer is not asked for.
if wanted asan; then
  export ASAN_OPTIONS=detect_container_overflow=0:detect_odr_violation=0 UBSAN_OPTIONS=print_stacktrace=1
  sanitized asan
fi
if wanted tsan; then
  # Not ignore_noninstrumented_modules: on Linux no module counts as instrumented, so it hides Firn's memcpy and free.
  export TSAN_OPTIONS=suppressions=$PWD/test/tsan.supp:halt_on_error=0:second_deadlock_stack=1
  sanitized tsan
fi
printf '%s' "$seconds"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
