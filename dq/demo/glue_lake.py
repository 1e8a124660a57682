"""The demo's lake on S3, its curated table in the Glue catalog."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from dq.aws.address import Address
from dq.aws.options import AwsOptions
from dq.aws.s3 import S3
from dq.aws.session import Session
from dq.demo.data import raw_day_folder
from dq.demo.faults import Fault
from dq.demo.lake import CURATED, RAW, Lake
from dq.demo.server import REGION
from dq.flow.outcome import RunOutcome

DATABASE, TABLE = "demo", "flights"
LAKE, OWN = Address("demo-lake"), Address("demo-dq")
"""Buckets of the lake, which keeps versions, and of dq itself."""

_RAW = LAKE / "raw/flights/"
_CURATED = LAKE / "curated/flights/"


class GlueLake(Lake):
    """Raw files on S3, curated flights in a table of the Glue catalog, dq's store in a bucket of its own.

    Args:
        folder: of the project: configuration and suites.
        url: of the server that stands in for AWS.
    """

    where = f"glue://{DATABASE}.{TABLE}"

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.session = Session(AwsOptions(endpoint=url, region=REGION))
        super().__init__(folder)

    def configure(self) -> None:
        """Writes `dq.yml`, turns the suites' data to S3 and Glue, makes buckets and database."""
        (self.folder / "dq.yml").write_text(
            f"store: {OWN / 'store'}\naws: {{endpoint: '{self.url}', region: {REGION}}}\n"
        )
        self.turn(RAW, "data: lake/raw/flights", f"data: {_RAW}")
        self.turn(CURATED, "data: lake/curated/flights", f"data: {self.where}")
        s3, glue = self.session.client("s3"), self.session.client("glue")
        for bucket in (LAKE.bucket, OWN.bucket):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=LAKE.bucket, VersioningConfiguration={"Status": "Enabled"})
        glue.create_database(DatabaseInput={"Name": DATABASE})

    def deliver(self, day: dt.date, planted: Fault | None = None) -> None:
        """Three airports upload a day; what an earlier delivery left there goes."""
        super().deliver(day, planted)
        s3, below = S3(self.session), _RAW / f"date={day.isoformat()}"
        files = {path.name: path for path in raw_day_folder(self.lake, day).glob("*.parquet")}
        for one in s3.list(below.folder):
            if one.key.rpartition("/")[2] not in files:
                s3.hide(Address(LAKE.bucket, one.key))
        for name, path in files.items():
            s3.upload(str(path), below / name)

    def through_the_gate(self, day: dt.date) -> RunOutcome:
        """Publish the staged day if it passes; the first day defines the table."""
        self._make_table(self.transform(day))
        return super().through_the_gate(day)

    def past_the_gate(self, day: dt.date) -> None:
        """A backfill job writes the day by awswrangler, and registers its partition anew."""
        import awswrangler

        frame = self._frame(self.transform(day))
        frame["date"] = day.isoformat()
        self._point(awswrangler)
        awswrangler.catalog.delete_partitions(
            TABLE, DATABASE, [[day.isoformat()]], boto3_session=self.session.boto3
        )
        awswrangler.s3.to_parquet(
            frame,
            path=str(_CURATED),
            dataset=True,
            mode="overwrite_partitions",
            partition_cols=["date"],
            database=DATABASE,
            table=TABLE,
            boto3_session=self.session.boto3,
        )

    def _make_table(self, staged: Path) -> None:
        import awswrangler

        self._point(awswrangler)
        if awswrangler.catalog.does_table_exist(DATABASE, TABLE, boto3_session=self.session.boto3):
            return
        types, _ = awswrangler.catalog.extract_athena_types(self._frame(staged), index=False)
        awswrangler.catalog.create_parquet_table(
            database=DATABASE,
            table=TABLE,
            path=str(_CURATED),
            columns_types=types,
            partitions_types={"date": "string"},
            boto3_session=self.session.boto3,
        )

    def _frame(self, staged: Path) -> Any:
        import pyarrow.parquet as pq

        return pq.read_table(staged / "flights.parquet").to_pandas()

    def _point(self, awswrangler: Any) -> None:
        for service in ("s3", "glue", "athena", "sts"):
            setattr(awswrangler.config, f"{service}_endpoint_url", self.url)
