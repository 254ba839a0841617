"""Merkle trees as of RFC 6962: hashes, roots, the parts of proofs, and the checking of proofs (RFC 9162)."""

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32
LEAF = b"\x00"
NODE = b"\x01"

# A stretch of leaves [begin, end) that is one node of the tree.
Stretch = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962, section 2.1)."""
    return hashlib.sha256(NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes (RFC 6962, section 2.1), or over nodes of one height but for the last.

    Pair by pair instead of by halves: an odd one at the end goes up as it is, which comes to the same tree.
    """
    if not hashes:
        return hashlib.sha256().digest()
    row = list(hashes)
    while len(row) > 1:
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = [*paired, row[-1]] if len(row) % 2 else paired
    return row[0]


def split_of(width: int) -> int:
    """Return the largest power of two below `width`, which is at least 2."""
    return 1 << (width - 1).bit_length() - 1


def inclusion_stretches(index: int, size: int) -> list[Stretch]:
    """Return the nodes of the inclusion proof of leaf `index` in `size` leaves, lowest first (section 2.1.1)."""
    begin, end = 0, size
    found: list[Stretch] = []
    while end - begin > 1:
        middle = begin + split_of(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_stretches(from_size: int, to_size: int) -> list[Stretch]:
    """Return the nodes of the consistency proof, lowest first (section 2.1.2); none from size 0 or to the same size."""
    if from_size in {0, to_size}:
        return []
    begin, end = 0, to_size
    found: list[Stretch] = []
    while end != from_size:
        middle = begin + split_of(end - begin)
        if from_size <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    if begin > 0:  # else it is the old tree itself, whose root the verifier has
        found.append((begin, end))
    return found[::-1]


def complete_subtrees(stretch: Stretch) -> list[tuple[int, int]]:
    """Return the complete subtrees (height, number at that height) that make up a node of the tree, left to right."""
    begin, end = stretch
    found: list[tuple[int, int]] = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        found.append((height, begin >> height))
        begin += 1 << height
    return found


def join_subtrees(hashes: Sequence[bytes]) -> bytes:
    """Return the node over complete subtrees of falling height, left to right."""
    if not hashes:
        return root_of(())
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether `proof` shows the leaf hash at `index` of the tree of `size` leaves (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for node in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(node, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, node)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(from_size: int, from_root: bytes, to_size: int, to_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether `proof` shows that the larger tree begins with the smaller (RFC 9162, section 2.1.4.2)."""
    if not 0 <= from_size <= to_size:
        return False
    if from_size == to_size:
        return not proof and from_root == to_root
    if from_size == 0:
        return not proof and from_root == root_of(())
    nodes = [from_root, *proof] if from_size & (from_size - 1) == 0 else list(proof)
    return bool(nodes) and _both_roots(from_size - 1, to_size - 1, nodes) == (from_root, to_root)


def _both_roots(place: int, last: int, nodes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, node)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


NodeSource = Callable[[int, int], bytes]


def node_of(stretch: Stretch, source: NodeSource) -> bytes:
    """Return the hash of a node, where `source` gives complete subtrees by height and number."""
    return join_subtrees([source(height, number) for height, number in complete_subtrees(stretch)])
