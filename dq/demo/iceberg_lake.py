"""The demo's lake with its curated table in Iceberg: a catalog in a file, and no server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from dq.demo.lake import CURATED, Lake
from dq.errors import UsageError
from dq.flow.outcome import RunOutcome

CATALOG, NAMESPACE, TABLE = "lake", "demo", "flights"


class IcebergLake(Lake):
    """Raw files in folders, curated flights in a table of a catalog that is a file in the project.

    Args:
        folder: of the project.

    Raises:
        UsageError: the package that reads and writes Iceberg tables is not installed.
    """

    where = f"iceberg://{CATALOG}/{NAMESPACE}.{TABLE}"

    def configure(self) -> None:
        """Writes `dq.yml` and turns the curated suite's data to the table."""
        try:
            import pyiceberg.catalog.sql
        except ImportError as error:
            raise UsageError(
                "this needs pyiceberg and SQLite: install them with pip install 'dq-lake[iceberg]'"
            ) from error

        catalog = '{type: sql, uri: "sqlite:///catalog.db", warehouse: warehouse}'
        (self.folder / "dq.yml").write_text(f"store: .dq\niceberg:\n  catalogs:\n    {CATALOG}: {catalog}\n")
        self.turn(CURATED, "data: lake/curated/flights", f"data: {self.where}")
        self.catalog: Any = pyiceberg.catalog.sql.SqlCatalog(
            CATALOG,
            uri=f"sqlite:///{self.folder / 'catalog.db'}",
            warehouse=f"file://{self.folder}/warehouse",
        )
        self.catalog.create_namespace(NAMESPACE)

    def through_the_gate(self, day: dt.date) -> RunOutcome:
        """Publish the staged day if it passes; the first day defines the table."""
        if not self.catalog.table_exists((NAMESPACE, TABLE)):
            rows = self._rows(self.transform(day), day)
            table = self.catalog.create_table((NAMESPACE, TABLE), schema=rows.schema)
            with table.update_spec() as spec:
                spec.add_identity("date")
        return super().through_the_gate(day)

    def past_the_gate(self, day: dt.date) -> None:
        """A backfill job overwrites the day's partition, in one commit."""
        rows = self._rows(self.transform(day), day)
        table = self.catalog.load_table((NAMESPACE, TABLE))
        table.overwrite(rows, overwrite_filter=f"date == '{day.isoformat()}'")

    def transform(self, day: dt.date) -> Path:
        """The user's own job; Iceberg keeps the partition's value in the rows as well."""
        import pyarrow.parquet as pq

        staged = super().transform(day)
        file = staged / "flights.parquet"
        if "date" not in pq.read_schema(file).names:
            pq.write_table(self._rows(staged, day), file)
        return staged

    def _rows(self, staged: Path, day: dt.date) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = pq.ParquetFile(staged / "flights.parquet").read()
        if "date" in rows.column_names:
            return rows
        return rows.append_column("date", pa.array([day.isoformat()] * rows.num_rows))
