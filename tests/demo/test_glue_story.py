"""The same story on S3 and Glue: the gate holds, and a backfill past it is rolled back."""

from __future__ import annotations

import io
import os
from functools import partial
from pathlib import Path

import pytest

from dq.demo.glue_lake import GlueLake
from dq.demo.server import CREDENTIALS, made_up_credentials, serving
from dq.demo.story import tell
from dq.report.terminal import new_console
from dq.result import Status


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # awswrangler, with the newest pandas
def test_the_story_on_s3_and_glue(tmp_path: Path) -> None:
    text = io.StringIO()
    with made_up_credentials(), serving() as url:
        told = tell(tmp_path / "demo", "km", new_console(text, width=100), partial(GlueLake, url=url))
    refused, rolled_back = told.refused, told.rolled_back
    assert refused.status is Status.FAIL
    assert refused.note is not None
    assert refused.note.causes[0].text.startswith("carrier = 'UA'")
    assert refused.rollback is not None
    assert refused.rollback.quarantine.startswith("s3://demo-lake/curated/flights.loads/date=2013-02-13/")
    assert rolled_back.status is Status.FAIL
    assert rolled_back.rollback is not None
    assert (rolled_back.rollback.kind, rolled_back.rollback.state) == ("rollback", "done")
    assert rolled_back.trouble == ""
    shown = text.getvalue()
    assert "Readers look at glue://demo.flights." in shown
    assert "readers see the 918 validated rows of 2013-02-13 again" in shown


def test_real_credentials_are_put_aside_and_come_back() -> None:
    before = dict(os.environ)
    os.environ["AWS_PROFILE"] = "production"
    try:
        with made_up_credentials():
            assert "AWS_PROFILE" not in os.environ
            assert os.environ["AWS_ACCESS_KEY_ID"] == CREDENTIALS["AWS_ACCESS_KEY_ID"]
        assert os.environ["AWS_PROFILE"] == "production"
    finally:
        os.environ.clear()
        os.environ.update(before)
