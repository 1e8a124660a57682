"""Whether the policies of each role allow all that dq asks for, and nothing that it never asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_server import Cloud
from front import Recording
from recorded_actions import LAYOUTS, ROLES, Project, record, recording_server

from dq.doctor.policies import Around, allows, policy

SELDOM = {
    "s3:AbortMultipartUpload": "when a large upload or copy fails",
    "s3:GetObjectVersion": "when bytes were overwritten since they were looked at",
    "s3:ListBucket": "when a table is looked at whole",
    "glue:GetPartitions": "when a table is looked at whole",
    "s3:GetBucketVersioning": "when the server's conditions turn out to be weak",
    "s3:DeleteObjectTagging": "when a quarantined load comes back",
    "s3:PutObjectTagging": "when a load is refused or a partition quarantined",
}
"""Actions that a short day's work need not use, and when they are used."""


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[str, Recording]]:
    with recording_server() as made:
        yield made


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_role_may_do_its_work_and_no_more(
    recorded: tuple[str, Recording],
    layout: str,
    role: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, recording = recorded
    monkeypatch.chdir(tmp_path)
    project = Project(Cloud.of(url, monkeypatch.setenv), layout, tmp_path)
    asked = record(recording, project, role)
    name = "flights" if project.database else ""
    document = policy(role, Around(project.table, project.store, project.database, name))
    assert sorted(one for one in asked if not allows(document, *one)) == []
    granted = {action for statement in document["Statement"] for action in statement["Action"]}
    assert sorted(granted - {action for action, _ in asked} - set(SELDOM)) == []
