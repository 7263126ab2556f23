"""A bound by parts in a process of its own, while plans are looked for here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import Failure, Relaxation
from siting.solve.general.part_call import PartCall
from siting.solve.presolve.compose_states import ComposedStates
from siting.solve.result import NoteCode, Phase
from siting.solve.search import Search
from siting.solve.tree.proof import SearchTree
from siting.solve.tree.run import TreeAnswer

Floats = NDArray[np.float64]

# Seconds kept to hand a proof over.
_HAND_OVER = 2.0


@dataclass(eq=False)
class PartsBeside:
    """Parts of a program, searched beside.

    Attributes:
        search: The search whose bound they certify.
        merged: Its program with equal states merged, which they are parts of.
        relaxation: Of that program.
        take: Given each plan, shape (columns,).
    """

    search: Search
    merged: ComposedStates
    relaxation: Relaxation
    take: Callable[[Floats], None]
    _running: ChildProcessCall | None = None
    _told: float = -np.inf

    def start(self, plan: Floats | None) -> None:
        """Starts with the best plan known, shape (columns,)."""
        call = PartCall(
            self.merged.program,
            self.relaxation.values,
            self.relaxation.multipliers,
            max(0.1, self.search.time_left - _HAND_OVER),
            plan,
            self.search.settings.relative_gap,
        )
        self._running = ChildProcessCall(call, self._on_progress, self.search.deadline).start()

    def poll(self) -> bool:
        """Tells it of better plans and takes in its own; True once it is over."""
        if self._running is None:
            return True
        best = self.search.objective
        if best is not None and best > self._told:
            self._told = best
            self._running.send("incumbent", best)
        over = self._running.poll()
        while self._running.solutions:
            self.take(self._running.solutions.pop(0))
        if over:
            self._finish()
        return over

    def end(self) -> None:
        """Ends it, and takes what it has proven."""
        if self._running is not None:
            self._running.stop(_HAND_OVER + max(0.0, self.search.time_left))
            self._finish()

    def _on_progress(self, _incumbent: float | None, bound: float | None) -> None:
        self.search.on_solver_progress(bound)

    def _finish(self) -> None:
        assert self._running is not None  # noqa: S101 - asked before
        answer, self._running = self._running.answer, None
        if isinstance(answer, TreeAnswer) and answer.tree is not None:
            with self.search.step(Phase.PROVE):
                self.search.submit_tree(tree_of_whole(self.merged, answer.tree))
        elif isinstance(answer, Failure):
            self.search.note(NoteCode.FAILED, Phase.PROVE, answer.message)


def tree_of_whole(merged: ComposedStates, tree: SearchTree) -> SearchTree:
    """A proof by parts of a program as one of the program whose states were merged and composed."""
    own, lemmas = np.split(tree.root, [merged.program.shape[0]])
    root = np.concatenate([merged.invert_multipliers(own), lemmas])
    leaves = tuple(replace(leaf, multipliers=root) for leaf in tree.leaves)
    known = tuple(merged.invert_lemma(lemma) for lemma in tree.lemmas)
    return replace(tree, root=root, leaves=leaves, lemmas=known)
