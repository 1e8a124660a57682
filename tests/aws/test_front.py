"""Conditions that the server ignores, with and without the layer that enforces them; the recorder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aws_server import Cloud
from front import App, Enforcing, Recording, serving

from dq.aws.address import Address


@pytest.fixture(scope="module")
def enforcing() -> Iterator[str]:
    with serving(Enforcing) as url:
        yield url


@pytest.fixture
def strict(enforcing: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    return Cloud.of(enforcing, monkeypatch.setenv)


CONDITIONS = {"IfMatch": "If-Match", "IfNoneMatch": "If-None-Match"}


@contextmanager
def sent(client: Any, call: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters that a client knows; conditions that an older one does not know go out as headers."""
    operation = client.meta.method_to_api_mapping[call]
    known = client.meta.service_model.operation_model(operation).input_shape.members
    headers = {CONDITIONS[name]: asked[name] for name in CONDITIONS if name in asked and name not in known}
    name = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"].update(headers)

    client.meta.events.register(name, add)
    try:
        yield {name: value for name, value in asked.items() if CONDITIONS.get(name) not in headers}
    finally:
        client.meta.events.unregister(name, add)


def refused(cloud: Cloud, service: str, call: str, **asked: Any) -> str:
    """The code of the refusal; empty when it was done."""
    client = cloud.session.client(service)
    try:
        with sent(client, call, asked) as parameters:
            getattr(client, call)(**parameters)
    except client.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def two_objects(cloud: Cloud) -> tuple[Address, Address, str]:
    at = cloud.bucket()
    cloud.s3.put(at / "source", b"new")
    old = cloud.s3.put(at / "target", b"old").etag
    cloud.s3.put(at / "target", b"changed meanwhile")
    return at / "source", at / "target", old


@pytest.mark.parametrize("condition", [{"IfMatch": "old"}, {"IfNoneMatch": "*"}], ids=["match", "none"])
def test_a_copy_upon_another_object(cloud: Cloud, strict: Cloud, condition: dict[str, str]) -> None:
    outcomes = {}
    for name, one in (("plain", cloud), ("strict", strict)):
        source, target, old = two_objects(one)
        given = {key: old if value == "old" else value for key, value in condition.items()}
        copy_from = {"Bucket": source.bucket, "Key": source.key}
        named = {"Bucket": target.bucket, "Key": target.key}
        outcomes[name] = refused(one, "s3", "copy_object", CopySource=copy_from, **named, **given)
        assert one.s3.get(target).body == (b"new" if name == "plain" else b"changed meanwhile")
        fresh = one.s3.get(target).etag
        assert refused(one, "s3", "copy_object", CopySource=copy_from, **named, IfMatch=fresh) == ""
    assert outcomes == {"plain": "", "strict": "PreconditionFailed"}


def test_a_copy_where_nothing_is_or_nothing_any_more(strict: Cloud) -> None:
    source, target, old = two_objects(strict)
    strict.s3.hide(target)
    asked = {"CopySource": {"Bucket": source.bucket, "Key": source.key}, "Bucket": target.bucket}
    assert refused(strict, "s3", "copy_object", Key=target.key, IfMatch=old, **asked) == "NoSuchKey"
    assert refused(strict, "s3", "copy_object", Key=target.key, IfNoneMatch="*", **asked) == ""


def test_deleting_what_changed(cloud: Cloud, strict: Cloud) -> None:
    outcomes = []
    for one in (cloud, strict):
        _, target, old = two_objects(one)
        given = {"Objects": [{"Key": target.key, "ETag": old}]}
        outcomes.append(refused(one, "s3", "delete_objects", Bucket=target.bucket, Delete=given))
        _, target, old = two_objects(one)
        outcomes.append(
            refused(one, "s3", "delete_object", Bucket=target.bucket, Key=target.key, IfMatch=old)
        )
    assert outcomes == ["", "PreconditionFailed", "PreconditionFailed", "PreconditionFailed"]


def test_a_table_of_the_catalog_that_changed(cloud: Cloud, strict: Cloud) -> None:
    outcomes = []
    for number, one in enumerate((cloud, strict)):
        glue = one.session.client("glue")
        database = {"DatabaseName": f"front{number}"}
        glue.create_database(DatabaseInput={"Name": f"front{number}"})
        glue.create_table(**database, TableInput={"Name": "t"})
        version = glue.get_table(**database, Name="t")["Table"]["VersionId"]
        glue.update_table(**database, TableInput={"Name": "t"}, VersionId=version)
        outcomes.append(
            refused(one, "glue", "update_table", **database, TableInput={"Name": "t"}, VersionId=version)
        )
    assert outcomes == ["", "ConcurrentModificationException"]


def test_requests_are_named_as_policies_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Recording] = []

    def recording(app: App) -> App:
        made.append(Recording(app))
        return made[0]

    with serving(recording) as url:
        cloud = Cloud.of(url, monkeypatch.setenv)
        at = cloud.bucket()
        with made[0].recorded() as seen:
            version = cloud.s3.put(at / "a b", b"1").version
            cloud.s3.copy(at / "a b", at / "two", version=version)
            cloud.s3.hide(at / "two")
            list(cloud.s3.list(at))
            list(cloud.s3.versions(at))
            cloud.s3.head(at / "a b")
            refused(cloud, "glue", "get_table", DatabaseName="db", Name="t")
        cloud.s3.put(at / "later", b"")
    name = at.bucket
    assert seen == {
        ("s3:PutObject", f"{name}/a b"),
        ("s3:GetObjectVersion", f"{name}/a b"),
        ("s3:PutObject", f"{name}/two"),
        ("s3:GetObject", f"{name}/two"),
        ("s3:GetBucketVersioning", name),
        ("s3:DeleteObject", f"{name}/two"),
        ("s3:ListBucket", name),
        ("s3:ListBucketVersions", name),
        ("s3:GetObject", f"{name}/a b"),
        ("glue:GetTable", "db/t"),
    }
