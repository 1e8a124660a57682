"""The layout of a table of the catalog."""

from __future__ import annotations

from dq.aws.address import Address
from dq.aws.glue import Glue
from dq.lake.glue.location import GlueLocation
from dq.lake.glue.opening import table_at
from dq.lake.s3.inventory import Inventory
from dq.lake.s3.layouts import home_in


def table_layout(text: str, home: Address | None, inventory: Inventory) -> GlueLocation:
    """The layout of a table.

    Args:
        text: `glue://database.table`.
        home: where dq keeps bytes; None for a prefix of the table's own bucket.
        inventory: who asks, and what is known of objects.

    Raises:
        DataError: there is no such table, or its files are not its rows.
    """
    glue = Glue(inventory.s3.session)
    table = table_at(text, glue)
    return GlueLocation(table, glue, inventory, home or home_in(Address.parse(table.location).bucket))
