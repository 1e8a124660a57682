"""Project configuration: `dq.yml` or `[tool.dq]` in `pyproject.toml`, nearest upward; `DQ_*` wins."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.aws.options import AwsOptions, IcebergOptions
from dq.errors import ConfigError, Position, did_you_mean

if TYPE_CHECKING:
    from dq.markup.document import Document

FILE = "dq.yml"
STORE = ".dq"
KEYS = ("store", "threads", "memory_limit", "env")
"""Settings that `DQ_*` may replace."""
AWS = "aws"
AWS_KEYS = ("endpoint", "region", "profile", "role", "path_style")
"""Settings below `aws`, that `DQ_AWS_*` may replace. There are none for keys: those are boto3's business."""
ICEBERG = "iceberg"
CATALOGS = ("glue", "rest", "sql")
"""Kinds of catalogs that dq is made for."""
ICEBERG_KEYS = ("catalogs", "keep_days", "quarantine_days")
VOCABULARY = ("plugins", "expectations")
"""What a project adds to the vocabulary; `dq.suites.project` reads it."""


@dataclass(frozen=True)
class Config:
    """How dq works in one project.

    Attributes:
        root: the project root; relative paths in suites and in this configuration start there.
        store: folder (absolute) or URI where runs are recorded; `.dq` in the root by default.
        threads: threads that an engine may use; None leaves it to the engine.
        memory_limit: memory that an engine may use, such as `2GB`; None leaves it to the engine.
        env: the name of the environment, recorded with each run, such as `prod`; empty when none is named.
        source: the file that was read; None when there was none.
        aws: where AWS is, and as whom; all that is left out is found by boto3's chain. It carries the
            catalogs of Iceberg tables along.
    """

    root: Path
    store: str
    threads: int | None = None
    memory_limit: str | None = None
    env: str = ""
    source: Path | None = None
    aws: AwsOptions = field(default_factory=AwsOptions)


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upward, with a `dq.yml` or a `[tool.dq]`; else the current folder."""
    found = _find(start)
    return found.parent if found else Path().absolute()


def load_config(start: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration that holds for a folder.

    Args:
        start: where to look first; the current folder when left out.
        environ: the environment; the process's own when left out. `DQ_STORE`, `DQ_THREADS`,
            `DQ_MEMORY_LIMIT`, `DQ_ENV`, `DQ_AWS_ENDPOINT`, `DQ_AWS_REGION`, `DQ_AWS_PROFILE`, `DQ_AWS_ROLE`
            and `DQ_AWS_PATH_STYLE` win over the file; empty ones count as not given.

    Raises:
        ConfigError: the file or a variable is wrong; carries `file:line:column` where there is one.
    """
    source = _find(start or Path())
    root = source.parent if source else Path().absolute()
    content, places = _read(source) if source else ({}, {})
    known = (*KEYS, AWS, ICEBERG, *VOCABULARY)
    for key in content:
        if key not in known:
            hint = did_you_mean(key, known) or f" Expected: {', '.join(known)}."
            raise _wrong(f"'{key}' is no setting of dq.{hint}", places.get(key, source))
    config = Config(root, _store(STORE, root), source=source)
    for key in KEYS:
        if content.get(key) is not None:
            config = _with(config, key, content[key], f"`{key}`", places.get(key, source))
    aws = _aws(content.get(AWS), places, source)
    variables = os.environ if environ is None else environ
    for key in KEYS:
        variable = f"DQ_{key.upper()}"
        if variables.get(variable):
            config = _with(config, key, variables[variable], f"environment variable {variable}", None)
    for key in AWS_KEYS:
        variable = f"DQ_AWS_{key.upper()}"
        if variables.get(variable):
            aws = _with_aws(aws, key, variables[variable], f"environment variable {variable}", None)
    return replace(config, aws=replace(aws, iceberg=_iceberg(content.get(ICEBERG), places, source, root)))


def vocabulary_document(start: Path) -> Document | None:
    """The configuration that holds for a folder as a document, if it may add to the vocabulary.

    Raises:
        ConfigError: the file is no YAML or TOML.
    """
    source = _find(start)
    if source is None or not any(key in source.read_text(encoding="utf-8") for key in VOCABULARY):
        return None
    from dq.markup.document import Document, read_document

    if source.name == FILE:
        return read_document(source, str(source), _wrong)
    return Document(_toml(source, source.read_text(encoding="utf-8"))["tool"]["dq"], str(source))


def _find(start: Path) -> Path | None:
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if _has_table(folder / "pyproject.toml"):
            return folder / "pyproject.toml"
    return None


def _has_table(path: Path) -> bool:
    """Whether a `pyproject.toml` speaks of dq; read as text first, since most do not."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "tool.dq" in text and "dq" in (_toml(path, text).get("tool") or {})


def _toml(path: Path, text: str) -> dict[str, Any]:
    # tomllib is new in Python 3.11; tomli is the same reader for 3.10.
    reader: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        content: dict[str, Any] = reader.loads(text)
    except reader.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not TOML: {error}.") from None
    return content


def _read(source: Path) -> tuple[dict[str, Any], dict[str, Position | Path]]:
    """The settings in a file and where each stands, by its path with dots."""
    if source.name == "pyproject.toml":
        content = _toml(source, source.read_text(encoding="utf-8"))["tool"]["dq"]
        document_value, places = content, {}
    else:
        from dq.markup.document import read_document

        document = read_document(source, str(source), _wrong)
        document_value = document.value
        places = {
            ".".join(map(str, path)): Position(str(source), *mark) for path, mark in document.keys.items()
        }
    if document_value is None:
        return {}, {}
    if not isinstance(document_value, dict):
        raise _wrong("the configuration must be a mapping.", source)
    return document_value, dict(places)


def _wrong(message: str, place: Position | Path | None) -> ConfigError:
    return ConfigError(f"{place}: {message}" if place else message)


def _with(config: Config, key: str, value: Any, what: str, place: Position | Path | None) -> Config:
    """The configuration with one setting checked and changed."""
    if key == "threads":
        try:
            threads = int(value) if not isinstance(value, bool | float) else 0
        except (TypeError, ValueError):
            threads = 0
        if threads < 1:
            raise _wrong(f"{what} must be a whole number from 1 up, got {value!r}.", place)
        return replace(config, threads=threads)
    if not isinstance(value, str):
        raise _wrong(f"{what} must be text, got {value!r}.", place)
    if key == "store":
        return replace(config, store=_store(value, config.root))
    if key == "env":
        return replace(config, env=value)
    return replace(config, memory_limit=_memory(value, what, place))


def _aws(value: Any, places: Mapping[str, Position | Path], source: Path | None) -> AwsOptions:
    """What is said below `aws`."""
    options = AwsOptions()
    if value is None:
        return options
    if not isinstance(value, dict):
        expected = ", ".join(AWS_KEYS)
        raise _wrong(f"`{AWS}` must be a mapping with {expected}, got {value!r}.", places.get(AWS, source))
    for key, given in value.items():
        place = places.get(f"{AWS}.{key}", source)
        if key not in AWS_KEYS:
            hint = did_you_mean(key, AWS_KEYS) or f" Expected: {', '.join(AWS_KEYS)}."
            raise _wrong(f"'{key}' is no setting of `{AWS}`.{hint}", place)
        if given is not None:
            options = _with_aws(options, key, given, f"`{AWS}.{key}`", place)
    return options


def _with_aws(
    options: AwsOptions, key: str, value: Any, what: str, place: Position | Path | None
) -> AwsOptions:
    """The settings of AWS with one checked and changed."""
    if key == "path_style":
        said = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
        if said is None or not isinstance(value, bool | str):
            raise _wrong(f"{what} must be true or false, got {value!r}.", place)
        return replace(options, path_style=said)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(f"{what} must be text, got {value!r}.", place)
    if key == "endpoint" and not re.fullmatch(r"https?://[^/\s@]+(/\S*)?", value):
        # A URL with a user in it would put a secret into messages, so the value is not repeated here.
        raise _wrong(f"{what} must be a URL without a user, such as https://s3.example.com.", place)
    if key == "role" and not value.startswith("arn:"):
        expected = "the ARN of a role, such as arn:aws:iam::123456789012:role/quality"
        raise _wrong(f"{what} must be {expected}, got {value!r}.", place)
    changed: dict[str, Any] = {key: value}
    return replace(options, **changed)


def _iceberg(
    value: Any, places: Mapping[str, Position | Path], source: Path | None, root: Path
) -> IcebergOptions:
    """What is said below `iceberg`. Properties of catalogs are taken as they stand, variables unexpanded."""
    if value is None:
        return IcebergOptions()
    options = IcebergOptions(root=root)
    if not isinstance(value, dict):
        raise _wrong(
            f"`{ICEBERG}` must be a mapping with {', '.join(ICEBERG_KEYS)}.", places.get(ICEBERG, source)
        )
    for key, given in value.items():
        place = places.get(f"{ICEBERG}.{key}", source)
        if key not in ICEBERG_KEYS:
            hint = did_you_mean(key, ICEBERG_KEYS) or f" Expected: {', '.join(ICEBERG_KEYS)}."
            raise _wrong(f"'{key}' is no setting of `{ICEBERG}`.{hint}", place)
        if given is not None and key == "catalogs":
            options = replace(options, catalogs=_catalogs(given, places, place))
        elif given is not None:
            if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
                raise _wrong(f"`{ICEBERG}.{key}` must be a number of days above 0, got {given!r}.", place)
            days: dict[str, Any] = {key: float(given)}
            options = replace(options, **days)
    return options


def _catalogs(
    value: Any, places: Mapping[str, Position | Path], place: Position | Path | None
) -> dict[str, dict[str, str]]:
    """Catalogs by name. A value is never repeated in a message: it may hold a secret."""
    if not isinstance(value, dict):
        raise _wrong(f"`{ICEBERG}.catalogs` must map names to properties.", place)
    found = {}
    for name, stated in value.items():
        where = places.get(f"{ICEBERG}.catalogs.{name}", place)
        if not isinstance(stated, dict) or any(isinstance(one, dict | list) for one in stated.values()):
            raise _wrong(f"catalog '{name}' must map properties to texts, such as type: glue.", where)
        if stated.get("type") not in (*CATALOGS, None):
            hint = did_you_mean(str(stated["type"]), CATALOGS)
            raise _wrong(f"catalog '{name}': type must be one of {', '.join(CATALOGS)}.{hint}", where)
        found[str(name)] = {str(key): _plain(one) for key, one in stated.items() if one is not None}
    return found


def _plain(value: Any) -> str:
    """As pyiceberg reads it: true and false in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _memory(value: str, what: str, place: Position | Path | None) -> str:
    if not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B|B)", value.strip(), re.IGNORECASE):
        raise _wrong(f"{what} must be a number with a unit, such as 2GB, got {value!r}.", place)
    return value.strip()


def _store(value: str, root: Path) -> str:
    return value if "://" in value else str((root / Path(value).expanduser()).absolute())
