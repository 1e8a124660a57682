"""Where the project root is, and what its configuration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from dq.aws.options import AwsOptions
from dq.config import Config, find_root, load_config
from dq.errors import ConfigError


def project(tmp_path: Path, text: str, name: str = "dq.yml") -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "a" / "b"


def test_nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(tmp_path, {})
    assert config == Config(tmp_path, str(tmp_path / ".dq"))


def test_dq_yml_upward(tmp_path: Path) -> None:
    start = project(tmp_path, "store: records\nthreads: 2\nmemory_limit: 500MB\nenv: prod\n")
    expected = Config(tmp_path, str(tmp_path / "records"), 2, "500MB", "prod", tmp_path / "dq.yml")
    assert load_config(start, {}) == expected
    assert find_root(start) == tmp_path


def test_pyproject_counts_only_with_its_table(tmp_path: Path) -> None:
    start = project(tmp_path, '[tool.dq]\nstore = "s3://bucket/dq"\n', "pyproject.toml")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    config = load_config(start, {})
    assert (config.root, config.store) == (tmp_path, "s3://bucket/dq")


def test_the_environment_wins(tmp_path: Path) -> None:
    start = project(tmp_path, "store: records\nthreads: 2\n")
    variables = {"DQ_STORE": "/elsewhere", "DQ_THREADS": "4", "DQ_MEMORY_LIMIT": "2GB", "DQ_ENV": ""}
    config = load_config(start, variables)
    assert (config.store, config.threads, config.memory_limit, config.env) == ("/elsewhere", 4, "2GB", "")


def test_where_aws_is_and_as_whom(tmp_path: Path) -> None:
    text = "aws:\n  endpoint: http://127.0.0.1:9000\n  region: eu-central-1\n  path_style: false\n"
    start = project(tmp_path, text)
    said = AwsOptions("http://127.0.0.1:9000", "eu-central-1", path_style=False)
    assert load_config(start, {}).aws == said
    role = "arn:aws:iam::123456789012:role/quality"
    variables = {
        "DQ_AWS_ENDPOINT": "https://s3.example.com",
        "DQ_AWS_REGION": "",
        "DQ_AWS_PROFILE": "lake",
        "DQ_AWS_ROLE": role,
        "DQ_AWS_PATH_STYLE": "true",
    }
    expected = AwsOptions("https://s3.example.com", "eu-central-1", "lake", role, path_style=True)
    assert load_config(start, variables).aws == expected


def test_aws_in_pyproject_and_nowhere(tmp_path: Path) -> None:
    start = project(tmp_path, '[tool.dq.aws]\nprofile = "lake"\n', "pyproject.toml")
    assert load_config(start, {}).aws == AwsOptions(profile="lake")
    (tmp_path / "pyproject.toml").unlink()
    assert load_config(start, {}).aws == AwsOptions()


@pytest.mark.parametrize(
    ("text", "variables", "message"),
    [
        (
            "store: x\naws:\n  regoin: x\n",
            {},
            "dq.yml:3:3: 'regoin' is no setting of `aws`. Did you mean 'region'?",
        ),
        (
            "aws:\n  key: x\n",
            {},
            "dq.yml:2:3: 'key' is no setting of `aws`. Expected: endpoint, region, profile",
        ),
        ("aws: lake\n", {}, "dq.yml:1:1: `aws` must be a mapping with endpoint, region, profile, role"),
        ("aws:\n  region: 5\n", {}, "dq.yml:2:3: `aws.region` must be text, got 5."),
        ("aws:\n  endpoint: s3.example.com\n", {}, "dq.yml:2:3: `aws.endpoint` must be a URL without a user"),
        ("aws:\n  role: quality\n", {}, "dq.yml:2:3: `aws.role` must be the ARN of a role"),
        ("aws:\n  path_style: 7\n", {}, "dq.yml:2:3: `aws.path_style` must be true or false, got 7."),
        ("", {"DQ_AWS_ROLE": "quality"}, "environment variable DQ_AWS_ROLE must be the ARN of a role"),
        ("aw: 1\n", {}, "dq.yml:1:1: 'aw' is no setting of dq. Did you mean 'aws'?"),
        ("stor: x\n", {}, "dq.yml:1:1: 'stor' is no setting of dq. Did you mean 'store'?"),
        ("threads: 0\n", {}, "dq.yml:1:1: `threads` must be a whole number from 1 up, got 0."),
        ("threads: 1.5\n", {}, "`threads` must be a whole number from 1 up, got 1.5."),
        ("env: x\nmemory_limit: lots\n", {}, "dq.yml:2:1: `memory_limit` must be a number with a unit"),
        ("store: 5\n", {}, "dq.yml:1:1: `store` must be text, got 5."),
        ("- a\n", {}, "the configuration must be a mapping."),
        ("a: [\n", {}, "dq.yml:2:1: this is not YAML"),
        (
            "",
            {"DQ_THREADS": "many"},
            "environment variable DQ_THREADS must be a whole number from 1 up, got 'many'.",
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, variables: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(project(tmp_path, text), variables)
    assert message in str(caught.value)


def test_broken_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is not TOML"):
        load_config(project(tmp_path, "[tool.dq\n", "pyproject.toml"), {})
