"""`dq doctor`, as typed."""

from __future__ import annotations

import json

import pytest
from aws_server import Cloud
from cli_lake import Project

from dq.cli import main


def test_a_local_table(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.root / "orders").mkdir()
    assert main(["doctor", "orders"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "Can a partition of orders be rolled back? yes, by layout local"
    assert main(["doctor", "orders/missing", "--quiet"]) == 4
    out = capsys.readouterr().out
    assert "no: table" in out
    assert "permissions" not in out


def test_a_bucket_without_versions(
    project: Project, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "dq.yml").write_text(f"aws: {{endpoint: '{cloud.options.endpoint}'}}\n")
    bucket = cloud.bucket(versioned=False)
    assert main(["doctor", f"{bucket}orders/", "--json"]) == 4
    document = json.loads(capsys.readouterr().out)
    assert document["can_roll_back"] is False
    assert document["answer"] == "no: versioning"
    assert main(["doctor", "s3://no-such-bucket-anywhere/x"]) == 3
    assert "not there" in capsys.readouterr().err


def test_the_least_policy_of_a_role(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.root / "dq.yml").write_text("store: s3://dq/prod\n")
    assert main(["doctor", "s3://lake/orders", "--policy", "validate"]) == 0
    document = json.loads(capsys.readouterr().out)
    reads = next(one for one in document["Statement"] if one["Sid"] == "TableRead")
    assert reads["Resource"] == ["arn:aws:s3:::lake/orders/*"]
    assert reads["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert main(["doctor", "orders", "--policy", "validate"]) == 2
    assert "a policy is for s3://" in capsys.readouterr().err
