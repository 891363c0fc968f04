#!/usr/bin/env bash
# Packs dist/firn-<version>-linux-<machine>.tar.gz: the program with its libraries and their licences, for any Debian 12
# (and other systems with its C library or a newer one), and tries it from a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
name="firn-$(build/firn version | cut -d' ' -f2)-linux-$(uname -m)"
folder="dist/$name"
rm -rf "$folder" "dist/$name.tar.gz"
mkdir -p "$folder/lib" "$folder/licences"

# The C library and the loader are the system's; every other library comes along.
from_system='^(libc|libm|libdl|librt|libpthread|libresolv|ld-linux[^.]*)\.so'
# The program's RPATH is $ORIGIN/lib, which serves the libraries too.
install -m 755 build/firn "$folder/firn"
strip --strip-debug "$folder/firn"
install -m 644 build/lib/* "$folder/lib/"
ldd build/firn | awk '$2 == "=>" && $3 ~ /^\// {print $1, $3}' | while read -r library path; do
  [[ "$library" =~ $from_system ]] && continue
  [ -e "$folder/lib/$library" ] || install -m 644 "$(readlink -f "$path")" "$folder/lib/$library"
  package=$(dpkg-query -S "$path" "$(readlink -f "$path")" 2>/dev/null | head -n 1 | cut -d: -f1 || true)
  if [ -n "$package" ] && [ -e "/usr/share/doc/$package/copyright" ]; then
    cp -L "/usr/share/doc/$package/copyright" "$folder/licences/$package"
  fi
done
python3 deps/fetch.py --licences "$folder/licences"
cp README.md "$folder/"

tar -C dist --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
scripts/try_dist.sh "dist/$name.tar.gz"
echo "dist/$name.tar.gz: $(du -h "dist/$name.tar.gz" | cut -f1)"
