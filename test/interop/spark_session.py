"""A local Spark with Iceberg and Delta for the interop tests: `java` 17 on the PATH, pyspark from venv.py's set `spark`, and
the runtimes by their Maven coordinates, kept under ${FIRN_CACHE:-~/.cache/firn}/jars."""

import os
import pathlib
import subprocess
import sys

RUNTIMES = [("org.apache.iceberg", "iceberg-spark-runtime-3.5_2.12", "1.10.1"), ("io.delta", "delta-spark_2.12", "3.3.2"),
            ("io.delta", "delta-storage", "3.3.2")]
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def runtime_jar(group, artifact, version):
    folder = pathlib.Path(os.environ.get("FIRN_CACHE") or pathlib.Path.home() / ".cache" / "firn") / "jars"
    jar = folder / f"{artifact}-{version}.jar"
    if not jar.exists():
        made = folder / "made"
        subprocess.run(["mvn", "-q", "-B", COPY, f"-Dartifact={group}:{artifact}:{version}", f"-DoutputDirectory={made}"],
                       check=True, stdout=sys.stderr, cwd="/")
        (made / jar.name).rename(jar)
    return jar


def spark_session(warehouse, listen, user, password, database):
    """Catalog `files`: tables of Spark's own in the folder `warehouse`; catalog `firn`: a database behind Iceberg REST;
    Delta tables by their folders: delta.`/folder`."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.jars": ",".join(str(runtime_jar(*runtime)) for runtime in RUNTIMES),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions,"
                                "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalog.files": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.files.type": "hadoop",
        "spark.sql.catalog.files.warehouse": str(warehouse),
        "spark.sql.catalog.firn": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.firn.type": "rest",
        "spark.sql.catalog.firn.uri": f"http://{listen}/iceberg",
        "spark.sql.catalog.firn.warehouse": database,
        "spark.sql.catalog.firn.credential": f"{user}:{password}",
        "spark.sql.catalog.firn.oauth2-server-uri": f"http://{listen}/iceberg/v1/oauth/tokens",
        "spark.sql.catalog.firn.cache-enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("firn")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
