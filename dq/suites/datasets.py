"""The datasets of a suite, opened; and the slice of them that a caller means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dq.aws.options import AwsOptions
from dq.errors import DataError, UsageError, did_you_mean
from dq.lake.manifest import Partition
from dq.lake.opening import open_source, partition_columns
from dq.lake.source import Source, is_elsewhere
from dq.suites.load import input_location
from dq.suites.model import Suite


def slice_of(
    suite: Suite, partition: Mapping[str, Any] | None, data: Any = None, aws: AwsOptions | None = None
) -> Partition:
    """Partition values in the order of the dataset's partition columns, in which its folders nest.

    Args:
        suite: says the columns (`partition_by`); without them the folders do.
        partition: as a caller gives it, in any order; None for everything.
        data: instead of the suite's own dataset.
        aws: where AWS is, and as whom; None for what the configuration says.

    Raises:
        UsageError: no mapping, or the suite has no such partition column.
    """
    wanted = values_of(suite, partition)
    return nested(wanted, partition_order(suite, data, aws) if len(wanted.values) > 1 else ())


def values_of(suite: Suite, partition: Mapping[str, Any] | None) -> Partition:
    """Partition values as a caller gives them, in the caller's order.

    Raises:
        UsageError: no mapping, or the suite has no such partition column.
    """
    if isinstance(partition, str):
        raise UsageError(f"partition={partition!r}: give a mapping, such as {{'date': '2013-02-08'}}")
    wanted = Partition.of(partition)
    for column, _ in wanted.values:
        if suite.partition_by and column not in suite.partition_by:
            known = suite.partition_by
            hint = did_you_mean(column, known) or f" Expected: {', '.join(known)}."
            raise UsageError(f"suite '{suite.name}' is not partitioned by '{column}'.{hint}")
    return wanted


def partition_order(suite: Suite, data: Any = None, aws: AwsOptions | None = None) -> tuple[str, ...]:
    """The partition columns of a suite's dataset, from the outermost on; empty when nothing says them.

    Args:
        suite: says the columns (`partition_by`); without them the folders do.
        data: instead of the suite's own dataset.
        aws: as in `slice_of`.
    """
    where = suite.data if data is None else data
    if suite.partition_by or not isinstance(where, str | os.PathLike):
        return suite.partition_by
    text = os.fspath(where)
    if is_elsewhere(text):
        return partition_columns(text, aws_for(suite, aws, text))
    return partition_columns(os.path.join(suite.root, text))


def nested(partition: Partition, columns: tuple[str, ...]) -> Partition:
    """The same values in the order of some columns; columns that are not named come last, as they were."""
    order = {column: number for number, column in enumerate(columns)}
    return Partition(tuple(sorted(partition.values, key=lambda pair: order.get(pair[0], len(order)))))


def aws_for(suite: Suite, given: AwsOptions | None, *data: Any) -> AwsOptions:
    """Where AWS is: as given, else as the project's configuration says when any of the data is not local.

    Raises:
        ConfigError: the configuration is wrong; never for local data, for which it is not read.
    """
    if given not in (None, AwsOptions()) or not any(is_elsewhere(one) for one in data):
        return given or AwsOptions()
    from dq.config import load_config

    return load_config(suite.root).aws


def sources_of(
    suite: Suite,
    data: Any,
    partition: Partition,
    given: Any = None,
    aws: AwsOptions | None = None,
) -> dict[str, Source]:
    """The datasets of a suite that exist, by name; `""` is the one under test.

    An expectation on another one that does not exist is untested.

    Args:
        suite: names them.
        data: instead of the suite's own dataset; None for that.
        partition: the slice, of the dataset and of its input.
        given: the input, as the caller gave it; None for what the suite names.
        aws: where AWS is, and as whom.

    Raises:
        DataError: the dataset, or an input that the caller gave, is not there.
        Forbidden: a permission is missing, for whichever dataset.
    """
    found = {"": open_source(suite.data if data is None else data, partition, suite.root, aws)}
    named: dict[str, Any] = dict(suite.datasets)
    location = input_location(suite) if given is None else None
    if location is not None:
        named["input"] = location
    for name, other in named.items():
        try:
            found[name] = open_source(other, partition if name == "input" else None, suite.root, aws)
        except DataError:
            continue
    if given is not None:
        found["input"] = open_source(given, partition, suite.root, aws)
    return found


def everything_named(suite: Suite, data: Any, given: Any = None) -> tuple[Any, ...]:
    """What callers and a suite name as data, the dataset first."""
    location = input_location(suite) if given is None else given
    return (suite.data if data is None else data, *suite.datasets.values(), location)
