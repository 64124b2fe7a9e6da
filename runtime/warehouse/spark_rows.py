"""Small tables of a store on Spark: files that Segue writes and reads itself.

A job of Spark takes as long for one row as for a million. So rows that Spark knows without a job
(those of `VALUES`, also after a change) are written by the process that runs Segue, and given to
Spark as rows when they are read. The files are Parquet too, and known by their names.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from segue.runtime.warehouse.folders import Folder

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

MOST_BYTES = 1_000_000
"""More is a table that Spark reads better itself."""
_PREFIX, _SUFFIX = "rows-", ".parquet"


def known_rows(frame: "DataFrame") -> "pyarrow.Table | None":
    """The rows of a query over few rows that Spark knows without a job; None of any other query."""
    execution: Any = frame._jdf.queryExecution()
    # To optimise a large query only for this would take longer than the job.
    if not all(map(_is_local, _leaves(execution.analyzed()))):
        return None
    leaves = _leaves(execution.optimizedPlan())
    if sum(int(str(leaf.stats().sizeInBytes())) for leaf in leaves) > MOST_BYTES:
        return None
    import pyarrow

    try:
        types = _arrow_types(frame.schema)
    except KeyError:
        return None
    rows = frame.collect()
    columns = [
        pyarrow.array([row[place] for row in rows], type) for place, type in enumerate(types)
    ]
    return pyarrow.table(columns, names=frame.columns)


def write_rows(folder: Folder, rows: "pyarrow.Table") -> None:
    """Writes a further file of rows into the folder of a part."""
    import pyarrow.parquet

    file = BytesIO()
    pyarrow.parquet.write_table(rows, file)
    folder.write(f"{_PREFIX}{uuid4().hex}{_SUFFIX}", file.getvalue())


def read_rows(session: "SparkSession", folder: Folder, schema: "StructType") -> "DataFrame | None":
    """The rows of a part that only `write_rows` has written; None of any other."""
    names = [name for name in folder.names() if name.endswith(_SUFFIX)]
    if not names or not all(name.startswith(_PREFIX) for name in names):
        return None
    import pyarrow.parquet

    tables = [pyarrow.parquet.read_table(BytesIO(folder.read(name))) for name in names]
    rows = pyarrow.concat_tables(tables)
    return session.createDataFrame(rows, schema)


def _leaves(plan: Any) -> list[Any]:
    leaves = plan.collectLeaves()
    return [leaves.apply(place) for place in range(leaves.size())]


def _is_local(plan: Any) -> bool:
    return str(plan.nodeName()) in ("LocalRelation", "ResolvedInlineTable")


def _arrow_types(schema: "StructType") -> "list[pyarrow.DataType]":
    import pyarrow

    types = {
        "bigint": pyarrow.int64(),
        "string": pyarrow.string(),
        "timestamp_ntz": pyarrow.timestamp("us"),
        "boolean": pyarrow.bool_(),
        "double": pyarrow.float64(),
    }
    return [types[field.dataType.simpleString()] for field in schema]
