"""Spark, in a Java machine of this process's own."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import types as spark_types

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask
from parity.tables import Store

TYPES = {
    Store.BOOL: spark_types.BooleanType(),
    Store.INT: spark_types.LongType(),
    Store.INT32: spark_types.IntegerType(),
    Store.FLOAT: spark_types.DoubleType(),
    Store.TEXT: spark_types.StringType(),
    Store.DATE: spark_types.DateType(),
    Store.UTC: spark_types.TimestampNTZType(),
    Store.INSTANT: spark_types.TimestampType(),
}
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "OFF",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    # No zone of the session may change what an instant means.
    "spark.sql.session.timeZone": "America/New_York",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
INTERPRETED = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""Plans are run as they are. To compile one takes longer than a few hundred rows in it do."""
COMPILED = {
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "CODEGEN_ONLY",
}
"""Plans become Java, as they do for everybody else."""


class Spark:
    """See the module."""

    name = "spark"

    def __init__(self, plans: Mapping[str, str] = INTERPRETED) -> None:
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
        builder = SparkSession.builder.master("local[2]")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")
        for name, value in plans.items():
            self.session.conf.set(name, value)

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        for table in case.tables.values():
            fields = [
                spark_types.StructField(
                    name,
                    spark_types.DecimalType(18, scale) if store is Store.DECIMAL else TYPES[store],
                )
                for name, (store, scale) in table.columns.items()
            ]
            naive = {name for name, (store, _) in table.columns.items() if store is Store.UTC}
            rows = [
                tuple(
                    value.replace(tzinfo=None) if name in naive and value is not None else value
                    for name, value in row.items()
                )
                for row in ({name: row[name] for name in table.columns} for row in table.rows)
            ]
            frame = self.session.createDataFrame(rows, spark_types.StructType(fields))
            frame.createOrReplaceTempView(f"`{table.name.replace('`', '``')}`")

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        return [tuple(row) for row in self.session.sql(sql).collect()]
