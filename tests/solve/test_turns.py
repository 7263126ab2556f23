"""Kinds of moves share time by what they bring, and none is forgotten."""

from __future__ import annotations

from collections import Counter

import pytest

from siting.solve.heuristics.turns import Turns


def seconds_of(turns: Turns, rates: dict[str, float], rounds: int) -> Counter[str]:
    spent: Counter[str] = Counter()
    for _ in range(rounds):
        kind = turns.next()
        turns.record(kind, 1.0, rates[kind])
        spent[kind] += 1
    return spent


def test_equal_moves_get_equal_time() -> None:
    assert seconds_of(Turns(("a", "b")), {"a": 0, "b": 0}, 100) == {"a": 50, "b": 50}


@pytest.mark.parametrize("better", ["a", "b"])
def test_what_brings_more_gets_more_and_the_other_its_least(better: str) -> None:
    rates = {"a": 1.0, "b": 1.0, better: 1000.0}
    spent = seconds_of(Turns(("a", "b")), rates, 400)
    assert 0.7 * 400 <= spent[better] <= 0.9 * 400


def test_what_was_worth_nothing_and_is_now_is_found_out() -> None:
    turns = Turns(("a", "b"))
    seconds_of(turns, {"a": 10.0, "b": 0.0}, 200)
    spent = seconds_of(turns, {"a": 0.0, "b": 10.0}, 200)
    assert spent["b"] > spent["a"]


def test_shares_add_up() -> None:
    turns = Turns(("a", "b", "c"), least=0.1)
    turns.record("b", 2.0, 5.0)
    assert sum(turns.shares().values()) == pytest.approx(1.0)
    assert min(turns.shares().values()) == pytest.approx(0.1)
