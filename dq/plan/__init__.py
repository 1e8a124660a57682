"""From metrics to the few questions that answer them. Pure: nothing here touches data.

1. Equal metrics collapse. 2. What metadata proves is answered without a scan. 3. Columns with few distinct
values are asked on those values. 4. Uniqueness and quantiles take a cheap exact route where hints promise
one, with the plain route behind it. 5. The rest shares scans, packed so that each column is read by as few
packs as possible.
"""

from dq.plan.facts import ColumnFacts, RelationFacts
from dq.plan.plan import Ability, Plan, Question, Route, make_plan, worth_probing

__all__ = [
    "Ability",
    "ColumnFacts",
    "Plan",
    "Question",
    "RelationFacts",
    "Route",
    "make_plan",
    "worth_probing",
]
