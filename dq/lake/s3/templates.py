"""Prefixes whose folders are partition values by their place: `s3://lake/events/{year}/{month}/{day}/{hour}/`.

Amazon Data Firehose writes such prefixes, and so do many jobs. The template says which folder is which
column. A folder holds one placeholder at most, so that a prefix is read in one way only. Nothing is encoded
or decoded: a value is the text that stands there. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dq.errors import UsageError, did_you_mean
from dq.lake.manifest import Partition

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True)
class Folder:
    """One level of a template.

    Attributes:
        before: text before the placeholder; the whole name where there is none.
        column: the placeholder's column; None where there is none.
        after: text behind the placeholder.
    """

    before: str
    column: str | None = None
    after: str = ""

    def value(self, name: str) -> str | None:
        """The value that a folder's name holds; None when it is another folder. Empty without placeholder."""
        if self.column is None:
            return "" if name == self.before else None
        if name.startswith(("_", ".")) and not self.before:
            return None  # no data, as everywhere
        inner = name[len(self.before) : len(name) - len(self.after)]
        return inner if inner and f"{self.before}{inner}{self.after}" == name else None


@dataclass(frozen=True)
class Template:
    """A prefix with placeholders.

    Attributes:
        text: as it was given.
        folders: its levels below the bucket.
    """

    text: str
    folders: tuple[Folder, ...]

    @classmethod
    def of(cls, key: str, text: str) -> Template:
        """From a key with placeholders.

        Args:
            key: below the bucket; a slash at the end changes nothing.
            text: the whole address, for messages.

        Raises:
            UsageError: it can be read in several ways, or holds marks of a pattern as well.
        """
        if re.search(r"[*?\[]", key):
            raise UsageError(
                f"{text}: placeholders and marks of a pattern exclude each other; use one of them"
            )
        folders = tuple(_folder(name, text) for name in key.rstrip("/").split("/"))
        columns = [folder.column for folder in folders if folder.column is not None]
        for column in columns:
            if columns.count(column) > 1:
                raise UsageError(f"{text}: {{{column}}} stands there twice; name each column once")
        return cls(text, folders)

    @property
    def columns(self) -> tuple[str, ...]:
        """Partition columns, from the outermost on."""
        return tuple(folder.column for folder in self.folders if folder.column is not None)

    def prefix(self, partition: Partition) -> str:
        """The longest prefix of keys that hold a partition: up to the first column that it does not name.

        Raises:
            UsageError: a column is none of the template's, or a value holds a slash.
        """
        values = partition.as_dict()
        for column, value in values.items():
            if column not in self.columns:
                hint = did_you_mean(column, self.columns) or f" Expected: {', '.join(self.columns)}."
                raise UsageError(f"{self.text} has no column '{column}'.{hint}")
            if "/" in value:
                raise UsageError(f"{self.text}: {column}={value!r} holds a slash; it names one folder only")
        done = ""
        for folder in self.folders:
            if folder.column is None:
                done += f"{folder.before}/"
            elif folder.column in values:
                done += f"{folder.before}{values[folder.column]}{folder.after}/"
            else:
                return done + folder.before
        return done

    def partition(self, key: str) -> Partition | None:
        """The partition that an object belongs to; None when it lies elsewhere."""
        names = key.split("/")[:-1]
        if len(names) < len(self.folders):
            return None
        values = []
        for folder, name in zip(self.folders, names, strict=False):
            value = folder.value(name)
            if value is None:
                return None
            if folder.column is not None:
                values.append((folder.column, value))
        return Partition(tuple(values))

    def below(self, key: str) -> str:
        """What an object is called below its partition."""
        return "/".join(key.split("/")[len(self.folders) :])


def is_template(key: str) -> bool:
    """Whether a key holds placeholders."""
    return _PLACEHOLDER.search(key) is not None


def _folder(name: str, text: str) -> Folder:
    found = list(_PLACEHOLDER.finditer(name))
    if len(found) > 1:
        columns = " and ".join(mark[0] for mark in found)
        raise UsageError(
            f"{text}: {columns} share a folder, so it is not said where one ends; give each a folder of its "
            "own, or name both together by one placeholder"
        )
    if _BRACE.search(_PLACEHOLDER.sub("", name)):
        raise UsageError(f"{text}: '{name}' is no folder of a template; a placeholder is {{name}}")
    if not found:
        return Folder(name)
    mark = found[0]
    return Folder(name[: mark.start()], mark[1], name[mark.end() :])
