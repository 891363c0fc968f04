#!/usr/bin/env bash
# Unpacks the tarball $1 in an empty folder, with the build tree's libraries out of reach, and runs statements on it.
set -euo pipefail
tarball=$(realpath "$1")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tar -C "$folder" -xzf "$tarball"
program=$(echo "$folder"/*/firn)

strays=$(env -i ldd "$program" | awk '$2 == "=>" && $3 !~ /^\// || $3 ~ /\/(build|work|home)\// {print}')
[ -z "$strays" ] || { echo "these libraries are missing or lie in a build folder:"; echo "$strays"; exit 1; }
FIRN_PROGRAM="$program" timeout 300 python3 test/serve.py -- \
  python3 test/sql/run.py --listen '{listen}' --password '{password}' test/sql/ddl
