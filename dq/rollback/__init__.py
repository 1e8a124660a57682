"""Taking a bad partition out of readers' sight and putting the last validated bytes back.

decide (pure) -> plan -> journal -> apply; see `docs/rollback.md` for what is promised on which layout.

`dq.rollback.plan`, `apply`, `resume`, `undo` and `status` are the public functions of `dq.flow.rolling`,
which find layout, store and journal by themselves; they are imported on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dq.flow.rolling import apply as apply
    from dq.flow.rolling import plan as plan
    from dq.flow.rolling import resume as resume
    from dq.flow.rolling import status as status
    from dq.flow.rolling import undo as undo

__all__ = ["apply", "plan", "resume", "status", "undo"]


def __getattr__(name: str) -> Any:
    """A public function, from `dq.flow.rolling`.

    Raises:
        AttributeError: there is no such function.
    """
    if name not in __all__:
        raise AttributeError(f"module 'dq.rollback' has no attribute '{name}'")
    value = getattr(importlib.import_module("dq.flow.rolling"), name)
    globals()[name] = value
    return value
