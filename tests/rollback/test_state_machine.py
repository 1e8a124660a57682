"""Random sequences of writes, validations, rollbacks, undos, crashes: no byte string is ever lost."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rollback_worlds import DATASET, Crash, CrashAt, World, data_of

from dq.errors import RollbackRefused, UsageError
from dq.lake.manifest import Manifest
from dq.rollback.applying import apply, resume, undo
from dq.rollback.publish import publish_load
from dq.rollback.statuses import status

SETTINGS = settings(
    max_examples=15,
    stateful_step_count=14,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking repeats thousands of durable writes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Lake(RuleBasedStateMachine):
    """A model of the table: what readers should see, what must still exist somewhere."""

    kind = "local-pointer"

    @initialize()
    def begin(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        self.world = World(Path(self.home.name), self.kind)
        self.number = 0
        self.shown: dict[str, bytes] = {}
        self.safe: set[bytes] = set()
        self.validated: list[tuple[Manifest, dict[str, bytes]]] = []
        self.undoable: dict[str, tuple[dict[str, bytes], dict[str, bytes]]] = {}

    def teardown(self) -> None:
        self.home.cleanup()

    def new_content(self, names: list[str]) -> dict[str, bytes]:
        self.number += 1
        return {name: f"{self.number}/{name}".encode() for name in names}

    @rule(
        names=st.lists(st.sampled_from(["a.csv", "b.csv", "_SUCCESS"]), min_size=1, max_size=3, unique=True)
    )
    def write(self, names: list[str]) -> None:
        content = self.new_content([*names, "c.csv"])
        self.world.write(content)
        self.shown = content
        if (
            self.kind == "local-pointer"
        ):  # a folder's writer may destroy what was never validated or displaced
            self.safe |= set(content.values())

    @precondition(lambda self: bool(data_of(self.shown)))
    @rule()
    def validate(self) -> None:
        layout = self.world.layout()
        manifest = layout.manifest(self.world.partition)
        layout.keep(manifest)
        self.validated.append((manifest, self.shown))
        self.safe |= set(self.shown.values())

    @rule(crash=st.none() | st.integers(1, 40))
    def publish(self, crash: int | None) -> None:
        content = self.new_content(["a.csv", "d.csv"])
        load = self.world.stage(content)
        token = self.world.layout().current(self.world.partition)
        self.safe |= set(content.values()) | set(data_of(self.shown).values())
        steps = CrashAt(crash or 10**9)
        try:
            publish_load(self.world.layout(steps), self.world.journal(steps), DATASET, load, token)
        except Crash:
            self.recover()
            publish_load(self.world.layout(), self.world.journal(), DATASET, load, token)
        self.validated.append((self.world.layout().manifest(self.world.partition), content))
        self.shown = content

    @precondition(lambda self: self.validated)
    @rule(crash=st.none() | st.integers(1, 60), back=st.integers(1, 3))
    def roll_back(self, crash: int | None, back: int) -> None:
        target, content = self.validated[-min(back, len(self.validated))]
        try:
            plan = self.world.plan(target)
        except RollbackRefused:
            assert data_of(content) == data_of(self.shown)
            return
        self.safe |= set(self.shown.values())
        self.undoable = {plan.id: (self.shown, content)}
        steps = CrashAt(crash or 10**9)
        with contextlib.suppress(Crash):
            apply(plan, self.world.layout(steps), self.world.journal(steps))
        self.recover()
        assert apply(plan, self.world.layout(), self.world.journal()).state == "done"
        self.shown = content

    @precondition(lambda self: self.shown)
    @rule(crash=st.none() | st.integers(1, 40))
    def take_away(self, crash: int | None) -> None:
        plan = self.world.plan(None)
        self.safe |= set(self.shown.values())
        self.undoable = {plan.id: (self.shown, {})}
        steps = CrashAt(crash or 10**9)
        with contextlib.suppress(Crash):
            apply(plan, self.world.layout(steps), self.world.journal(steps))
        self.recover()
        assert apply(plan, self.world.layout(), self.world.journal()).state == "done"
        self.shown = {}

    @precondition(lambda self: any(left == self.shown for _, left in self.undoable.values()))
    @rule(crash=st.none() | st.integers(1, 60))
    def undo_last(self, crash: int | None) -> None:
        ((name, (before, _)),) = self.undoable.items()
        self.undoable = {}
        self.safe |= set(self.shown.values())
        steps = CrashAt(crash or 10**9)
        with contextlib.suppress(Crash):
            undo(name, self.world.layout(steps), self.world.journal(steps))
        self.recover()
        with contextlib.suppress(RollbackRefused):  # it was done before the crash, or is done now
            undo(name, self.world.layout(), self.world.journal())
        self.shown = before

    def recover(self) -> None:
        """What a person does after a crash: wait for the lease, resume what is open."""
        self.world.clock.skip(1000)
        for one in status(self.world.journal()):
            with contextlib.suppress(UsageError):
                resume(one.id, self.world.layout(), self.world.journal())

    @invariant()
    def readers_see_exactly_what_they_should(self) -> None:
        assert self.world.visible() == self.shown

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.world.kept_bytes() >= self.safe

    @invariant()
    def no_operation_is_left_open(self) -> None:
        assert {one.state for one in status(self.world.journal())} <= {"done", "undone"}


class FolderLake(Lake):
    kind = "local-folder"


class TwoRenamesLake(Lake):
    kind = "local-folder-two-renames"


TestPointer = Lake.TestCase
TestPointer.settings = SETTINGS
TestFolder = FolderLake.TestCase
TestFolder.settings = SETTINGS
TestTwoRenames = TwoRenamesLake.TestCase
TestTwoRenames.settings = settings(SETTINGS, max_examples=8)
