"""The column by which a dbt model is partitioned is a remark of the catalog made from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from segue.compiler.catalog.infer import DBT_HEADER, infer_catalog
from segue.runtime.dbt.manifest import read_manifest
from segue.runtime.dbt.tables import read_tables


@pytest.mark.parametrize(
    "config",
    [
        {"partition_by": "dt"},
        {"partition_by": ["dt"]},
        {"partition_by": {"field": "dt", "data_type": "date"}},
        {"partitioned_by": ["dt"]},
    ],
)
def test_the_column_of_partitions_is_a_remark(config: dict[str, Any], tmp_path: Path) -> None:
    assert "    ## partition: {column: dt}  is it the day of viewed_at" in catalog(config, tmp_path)


def test_a_model_that_is_partitioned_by_its_time_needs_no_remark(tmp_path: Path) -> None:
    assert "partition:" not in catalog({"partition_by": {"field": "viewed_at"}}, tmp_path)


def catalog(config: dict[str, Any], folder: Path) -> str:
    """The catalog of a project with customers and their views."""
    views = {"customer_id": "bigint", "viewed_at": "timestamp", "dt": "date"}
    nodes = {
        f"model.shop.{name}": {
            "resource_type": "model",
            "package_name": "shop",
            "name": name,
            "schema": "marts",
            "config": config if name == "page_views" else {},
            "columns": {
                column: {"name": column, "data_type": type} for column, type in columns.items()
            },
        }
        for name, columns in (("customers", {"customer_id": "bigint"}), ("page_views", views))
    }
    metadata = {"adapter_type": "spark", "project_name": "shop"}
    file = folder / "manifest.json"
    file.write_text(json.dumps({"metadata": metadata, "nodes": nodes, "sources": {}}), "utf-8")
    return infer_catalog(read_tables(read_manifest(file)), DBT_HEADER)
