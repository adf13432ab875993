"""Prefixes of the compiled beam search: a tree of all, and lists of those that are looked at."""

from typing import Any, NamedTuple

import numpy as np

from tf_crnn.decoding.beam_language import compiled


class Prefixes(NamedTuple):
    """The tree of all prefixes that were ever kept; node 0 is the empty one.

    Attributes:
        parent: (nodes,) the prefix without its last unit.
        last: (nodes,) its last unit.
        states: (nodes, 2) of n-grams and of words.
        language: (nodes,) what both, and its length, give the prefix.
        place: (nodes,) its place in the beam of this step, or -1.
        keys: a hash table of parent and last unit; -1 where it is free.
        nodes: (as long) the node of each key.
        count: (1,) nodes in use.
    """

    parent: Any
    last: Any
    states: Any
    language: Any
    place: Any
    keys: Any
    nodes: Any
    count: Any


class Candidates(NamedTuple):
    """Prefixes of which the next beam is taken, first those of the last one, then longer ones.

    Attributes:
        in_blank: natural log of the probability of their paths that end in a blank.
        in_unit: of those that end in their last unit.
        language: as in `Prefixes`.
        states: as in `Prefixes`.
        node: of the prefix itself, or without its last unit where `code` is one.
        code: the unit by which it is longer, or 0.
    """

    in_blank: Any
    in_unit: Any
    language: Any
    states: Any
    node: Any
    code: Any


@compiled
def new_prefixes(most: int, start: int) -> Prefixes:
    """The empty prefix, with room for others.

    Args:
        most: prefixes, the empty one among them.
        start: state of the language model at the begin of a line.
    """
    size = 4
    while size < 2 * most:
        size *= 2
    prefixes = Prefixes(
        np.zeros(most, np.int64),
        np.zeros(most, np.int64),
        np.zeros((most, 2), np.int64),
        np.zeros(most),
        np.full(most, -1, np.int64),
        np.full(size, -1, np.int64),
        np.zeros(size, np.int64),
        np.ones(1, np.int64),
    )
    prefixes.states[0, 0] = start
    return prefixes


@compiled
def new_candidates(most: int) -> Candidates:
    """Room for so many candidates, without any probability yet."""
    return Candidates(
        np.full(most, -np.inf),
        np.full(most, -np.inf),
        np.zeros(most),
        np.zeros((most, 2), np.int64),
        np.zeros(most, np.int64),
        np.zeros(most, np.int64),
    )


@compiled
def slot_of(keys: Any, key: int) -> int:
    """Where a key lies in the hash table, or would lie."""
    mask = len(keys) - 1
    slot = (key * 0x9E3779B1 >> 7) & mask
    while keys[slot] != -1 and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@compiled
def node_of(prefixes: Prefixes, candidates: Candidates, i: int, n_classes: int) -> int:
    """The node of a candidate, made if need be."""
    parent, code = candidates.node[i], candidates.code[i]
    if code == 0:
        return parent
    key = parent * n_classes + code
    slot = slot_of(prefixes.keys, key)
    if prefixes.keys[slot] == -1:
        node = prefixes.count[0]
        prefixes.count[0] += 1
        prefixes.keys[slot], prefixes.nodes[slot] = key, node
        prefixes.parent[node], prefixes.last[node] = parent, code
        prefixes.language[node] = candidates.language[i]
        prefixes.states[node] = candidates.states[i]
    return prefixes.nodes[slot]


@compiled
def codes_of(prefixes: Prefixes, node: int) -> Any:
    """Units of a prefix, (L,) int32."""
    length, inner = 0, node
    while inner > 0:
        length, inner = length + 1, prefixes.parent[inner]
    codes = np.empty(length, np.int32)
    while length > 0:
        length -= 1
        codes[length], node = prefixes.last[node], prefixes.parent[node]
    return codes
