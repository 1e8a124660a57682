"""Write the generated pages: `python -m docs.generate`; with `--images` the pictures as well.

The pages come from the code (the vocabulary, the commands), so they cannot disagree with it; a test compares
them. The pictures come from a real run of the demo and hold its times and ids, so no test compares those.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """Content of every generated page, by file name in this folder."""
    from docs.equivalents_page import equivalents_page
    from docs.expectation_page import expectation_page
    from docs.permissions_page import permissions_page
    from dq.cli import reference

    return {
        "cli.md": reference(),
        "equivalents.md": equivalents_page(),
        "expectations.md": expectation_page(),
        "permissions.md": permissions_page(),
    }


def stale() -> list[str]:
    """Names of generated pages that differ from what the code says now."""
    found = pages()
    return [name for name, text in found.items() if not (HERE / name).exists() or _read(name) != text]


def main(words: Sequence[str] | None = None) -> int:
    """Write the pages; or, with `--check`, say which are out of date and write nothing.

    Returns:
        1 when `--check` finds a page out of date, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; name pages that are out of date")
    parser.add_argument("--images", action="store_true", help="make the pictures anew, from the demo")
    given = parser.parse_args(words)
    if given.check:
        out_of_date = stale()
        for name in out_of_date:
            print(f"docs/{name} is out of date; run: make docs", file=sys.stderr)
        return 1 if out_of_date else 0
    written = pages()
    if given.images:
        from docs.pictures import pictures

        (HERE / "images").mkdir(exist_ok=True)
        written |= {f"images/{name}": text for name, text in pictures().items()}
    for name, text in written.items():
        (HERE / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
    return 0


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
