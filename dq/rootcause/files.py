"""Remarkable files, from two manifests: delivered twice, stale, shrunken, missing, new."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from dq.lake.manifest import FileEntry, Manifest
from dq.rootcause.comparison import FileChange, FileFact

_SHRUNK = 0.75
_GROWN = 1.5
_LEAST_ROWS = 10


def compare_files(
    today: Manifest,
    baseline: Manifest | None,
    rows: Mapping[str, int] | None = None,
    baseline_rows: Mapping[str, int] | None = None,
) -> tuple[FileFact, ...]:
    """What stands out among today's files.

    Args:
        today: manifest of the partition.
        baseline: manifest of the last validated partition; None when there is none.
        rows: rows per file where the manifest does not know them, by the manifest's path.
        baseline_rows: the same for the baseline.

    Returns:
        Facts, duplicates first. Files without content are never called duplicates. Files are matched by
        path; a file counts as shrunken below 75 % of the rows that its baseline and the other files' change
        lead one to expect, and as grown above 150 %.
    """
    found = _duplicates(today)
    if baseline is None:
        return tuple(found)
    found += _stale(today, baseline)
    now = _counted(today, rows)
    then = _counted(baseline, baseline_rows)
    found += _resized(now, then)
    taken = {fact.name for fact in found if fact.change is FileChange.DUPLICATE}
    names = {entry.path for entry in today.files}
    old = {entry.path for entry in baseline.files}
    if names & old:
        for path in sorted(old - names):
            found.append(FileFact(FileChange.MISSING, path, baseline_rows=then.get(path)))
        for entry in today.files:
            if entry.path not in old and entry.path not in taken:
                found.append(FileFact(FileChange.NEW, entry.path, rows=now.get(entry.path), size=entry.size))
    return tuple(found)


def _counted(manifest: Manifest, rows: Mapping[str, int] | None) -> dict[str, int]:
    known = dict(rows or {})
    known.update({entry.path: entry.rows for entry in manifest.files if entry.rows is not None})
    return known


def _duplicates(today: Manifest) -> list[FileFact]:
    """Every file after the first with the same content; the first name in order counts as the original."""
    by_content: dict[tuple[str, int], list[FileEntry]] = {}
    for entry in today.files:
        if entry.size > 0 and entry.rows != 0:
            by_content.setdefault((entry.checksum, entry.size), []).append(entry)
    found = []
    for entries in by_content.values():
        ordered = sorted(entries, key=lambda entry: (len(entry.path), entry.path))
        for copy in ordered[1:]:
            found.append(
                FileFact(FileChange.DUPLICATE, copy.path, ordered[0].path, rows=copy.rows, size=copy.size)
            )
    return sorted(found, key=lambda fact: fact.name)


def _stale(today: Manifest, baseline: Manifest) -> list[FileFact]:
    old = {entry.checksum: entry for entry in reversed(baseline.files) if entry.size > 0 and entry.rows != 0}
    return [
        FileFact(FileChange.STALE, entry.path, old[entry.checksum].path, rows=entry.rows, size=entry.size)
        for entry in today.files
        if entry.checksum in old
    ]


def _resized(now: Mapping[str, int], then: Mapping[str, int]) -> list[FileFact]:
    shared = [path for path in sorted(now) if then.get(path)]
    found = []
    for path in shared:
        others = [now[other] / then[other] for other in shared if other != path]
        if not others:
            break  # a single file is the row count itself; there is nothing to hold it against
        expected = round(then[path] * median(others))
        apart = abs(now[path] - expected)
        if apart < _LEAST_ROWS or not expected:
            continue
        ratio = now[path] / expected
        if ratio < _SHRUNK or ratio > _GROWN:
            change = FileChange.SHRUNKEN if ratio < 1 else FileChange.GROWN
            found.append(
                FileFact(change, path, rows=now[path], expected_rows=expected, baseline_rows=then[path])
            )
    return sorted(found, key=lambda fact: -abs((fact.expected_rows or 0) - (fact.rows or 0)))
