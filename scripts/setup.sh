#!/usr/bin/env bash
# Installs the Debian packages of deps/debian.txt that are missing: as root, or by sudo; else prints the command to run.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for package in $(grep -v '^#' deps/debian.txt); do
  case "$package" in
    # Any npm, Python or CMake on the PATH will do.
    npm) command -v npm >/dev/null && continue ;;
    python3) command -v python3 >/dev/null && continue ;;
    python3-pip) python3 -m pip --version >/dev/null 2>&1 && continue ;;
    python3-venv) python3 -c 'import venv, ensurepip' >/dev/null 2>&1 && continue ;;
  esac
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  root=(sudo)
else
  echo "firn: these packages are missing, and neither root nor sudo is here. Run as root:" >&2
  echo "  apt-get update && $command" >&2
  exit 1
fi
echo "firn: installing ${missing[*]}"
log=$(mktemp)
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q >"$log" 2>&1 || { cat "$log"; exit 1; }
"${root[@]}" env DEBIAN_FRONTEND=noninteractive $command >>"$log" 2>&1 || { tail -n 30 "$log"; exit 1; }
