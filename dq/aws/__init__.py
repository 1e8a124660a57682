"""What dq asks of Amazon Web Services, and of servers that speak the same protocols.

The modules here know requests, replies and errors, and nothing of partitions. boto3 is imported with the
first client, so that whoever works on local files never loads it.

`dq.aws.publish` and `dq.aws.publish_partitions` are the public functions of `dq.flow.publish_frame`, for
tables in memory; they are imported on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dq.flow.publish_frame import publish as publish
    from dq.flow.publish_frame import publish_partitions as publish_partitions

__all__ = ["publish", "publish_partitions"]


def __getattr__(name: str) -> Any:
    """A public function, from `dq.flow.publish_frame`.

    Raises:
        AttributeError: there is no such function.
    """
    if name not in __all__:
        raise AttributeError(f"module 'dq.aws' has no attribute '{name}'")
    value = getattr(importlib.import_module("dq.flow.publish_frame"), name)
    globals()[name] = value
    return value
