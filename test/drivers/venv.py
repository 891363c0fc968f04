"""Virtual environments of the driver tests: one folder a pinned set of packages, outside the tree, made once.

    python3 venv.py           makes all of them and prints their folders
    python3 venv.py py5       makes one
"""

import hashlib
import os
import pathlib
import subprocess
import sys

# Name -> exact requirements. A changed list makes a new folder.
SETS = {
    "py5": ["snowflake-connector-python==5.2.0", "pandas==2.3.3", "pyarrow==21.0.0", "pytest==8.4.2"],
    "py4": ["snowflake-connector-python[pandas]==4.7.5", "pandas==2.3.3", "pytest==8.4.2"],
    "readers": ["pyiceberg[pyarrow,sql-sqlite]==0.12.0", "pyiceberg-core==0.11.0", "pyarrow==26.0.1", "fastavro==1.13.1",
                "duckdb==1.5.5", "duckdb-extension-iceberg==1.5.5", "duckdb-extension-avro==1.5.5",
                "duckdb-extension-httpfs==1.5.5", "pytest==9.2.0"],
    "spark": ["pyspark==3.5.6"],
    "consumer": ["pyarrow==26.0.1", "openapi-spec-validator==0.9.0"],
    "delta": ["deltalake==1.6.6", "polars==2.1.0", "pyarrow==26.0.1", "duckdb==1.5.5", "duckdb-extension-delta==1.5.5"],
}


def folder(name: str) -> pathlib.Path:
    digest = hashlib.sha256("\n".join(SETS[name]).encode()).hexdigest()[:12]
    cache = pathlib.Path(os.environ.get("FIRN_CACHE", "~/.cache/firn")).expanduser()
    return cache / "venvs" / f"{name}-{digest}"


def make(name: str) -> pathlib.Path:
    """The environment's folder, made if it is not complete; the stamp is written last."""
    home = folder(name)
    stamp = home / "complete"
    if stamp.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-I", "-m", "venv", "--clear", str(home)], check=True)
    subprocess.run(
        [str(home / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *SETS[name]],
        check=True,
    )
    stamp.write_text("\n".join(SETS[name]) + "\n")
    return home


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SETS:
        print(make(chosen))
