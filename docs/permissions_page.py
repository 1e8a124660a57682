"""`docs/permissions.md`: what each role must be allowed to do, made from the policies themselves."""

from __future__ import annotations

import json
from typing import get_args

from dq.aws.address import Address
from dq.doctor.policies import Around, Role, policy

_PLACE = Around(Address("lake", "orders/"), Address("dq", "store/"))
_TABLE = Around(Address("lake", "orders/"), Address("dq", "store/"), "sales", "orders")
_WHOLE = Around(Address("lake", "orders/"), Address("dq", "store/"), "sales", "orders", partitioned=False)

_HEAD = """\
# Permissions on AWS

dq needs no more than the identity that runs it already has for its data, and a place of its own for its
store. Three roles are worth telling apart:

| role | does | changes what readers see |
|---|---|---|
| `validate` | `dq validate`, `dq run` with `on_failure: report`, `dq explain`, `dq history` | no |
| `publish` | `dq publish`, `dq.aws.publish` as well | lets a load be seen |
| `rollback` | `dq run` with `on_failure: rollback` or `quarantine`, `dq rollback` | takes a load away again |

Print the policy for a table of yours, with its own buckets and names:

```
dq doctor s3://lake/orders/ --policy validate
dq doctor glue://sales.orders --policy rollback > policy.json
```

and find out what an identity really holds, without harm:

```
dq doctor glue://sales.orders
```

The tests record every request of each role's work and compare it with these policies: what is asked is
allowed, and what is allowed is asked. No role may delete a version of an object, or change a bucket's
settings or policy.

A bucket that is encrypted with a KMS key of your own needs `kms:Decrypt` and `kms:GenerateDataKey` on that
key as well. Where Lake Formation governs the table, the identity needs its grants too. `s3:ListBucket` is
named for the whole bucket; narrow it by a condition on `s3:prefix` if others' names are not to be seen.
"""


def permissions_page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for title, around in (
        ("A table named by its prefix: `s3://lake/orders/`, store in `s3://dq/store/`", _PLACE),
        ("A table of the Glue catalog: `glue://sales.orders`, data in `s3://lake/orders/`", _TABLE),
        ("The same without partitions", _WHOLE),
    ):
        parts.append(f"## {title}\n")
        parts.append(_actions(around))
    parts.append("## A whole policy\n\n`dq doctor glue://sales.orders --policy rollback` prints:\n")
    parts.append(f"```json\n{json.dumps(policy('rollback', _TABLE), indent=2)}\n```\n")
    return "\n".join(parts)


def _actions(around: Around) -> str:
    """One row per action and resource, one column per role."""
    roles = get_args(Role)
    held: dict[tuple[str, str], set[str]] = {}
    for role in roles:
        for statement in policy(role, around)["Statement"]:
            where = ", ".join(f"`{one.removeprefix('arn:aws:')}`" for one in statement["Resource"])
            for action in statement["Action"]:
                held.setdefault((action, where), set()).add(role)
    lines = [f"| action | on | {' | '.join(roles)} |", f"|---|---|{'---|' * len(roles)}"]
    for (action, where), by in sorted(held.items()):
        lines.append(
            f"| `{action}` | {where} | {' | '.join('yes' if role in by else '' for role in roles)} |"
        )
    return "\n".join(lines) + "\n"
