"""Merkle trees: the vectors of Certificate Transparency, and proofs of every leaf and size that no change survives."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.transparency.merkle import (
    Stretch,
    consistency_stretches,
    inclusion_stretches,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)
from services.transparency.tiles import Tail, edge_tiles, grow, levels_of, split_hashes, tile_of, tiles_for, width_at

# The eight leaves and their roots that the tests of RFC 6962's own implementation use.
LEAVES = [
    leaf_hash(bytes.fromhex(data))
    for data in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MANY = [leaf_hash(number.to_bytes(2, "big")) for number in range(700)]
SIZES = st.integers(1, len(MANY))


def proof_over(hashes: Sequence[bytes], stretches: Sequence[Stretch]) -> tuple[bytes, ...]:
    """Return the nodes of a proof from all leaf hashes."""
    return tuple(root_of(hashes[begin:end]) for begin, end in stretches)


def split_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root as RFC 6962 defines it: by the largest power of two below the size."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return node_hash(split_root(hashes[:middle]), split_root(hashes[middle:]))


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_a_known_inclusion_proof_of_certificate_transparency() -> None:
    proof = proof_over(LEAVES, inclusion_stretches(5, 8))
    assert [node.hex() for node in proof] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_a_known_consistency_proof_of_certificate_transparency() -> None:
    proof = proof_over(LEAVES, consistency_stretches(6, 8))
    assert [node.hex() for node in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", [*range(66), 255, 256, 257, 511, 512, 513, 700])
def test_pairing_comes_to_the_same_tree_as_splitting(size: int) -> None:
    assert root_of(MANY[:size]) == split_root(MANY[:size])


@pytest.mark.parametrize("size", range(1, 40))
def test_every_leaf_of_every_small_tree_is_proved(size: int) -> None:
    root = root_of(MANY[:size])
    for index in range(size):
        proof = proof_over(MANY[:size], inclusion_stretches(index, size))
        assert is_included(MANY[index], index, size, proof, root)
        assert [at for at in range(size) if is_included(MANY[index], at, size, proof, root)] == [index]


@pytest.mark.parametrize("size", range(40))
def test_every_small_tree_is_proved_to_continue_every_smaller(size: int) -> None:
    root = root_of(MANY[:size])
    for before in range(size + 1):
        proof = proof_over(MANY[:size], consistency_stretches(before, size))
        assert is_consistent(before, root_of(MANY[:before]), size, root, proof)


@given(size=SIZES, data=st.data())
@settings(deadline=None)
def test_no_change_of_an_inclusion_proof_survives(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, root = MANY[index], root_of(MANY[:size])
    proof = proof_over(MANY[:size], inclusion_stretches(index, size))
    assert is_included(leaf, index, size, proof, root)
    changed = data.draw(changes_of([leaf, root, *proof]))
    assert not is_included(changed[0], index, size, changed[2:], changed[1])
    for shorter in (proof[:-1], proof[1:]):
        assert not proof or not is_included(leaf, index, size, shorter, root)
    assert not is_included(leaf, index, size, (*proof, root), root)
    for elsewhere in (-1, size, index + size):
        assert not is_included(leaf, elsewhere, size, proof, root)


@given(size=SIZES, data=st.data())
@settings(deadline=None)
def test_no_change_of_a_consistency_proof_survives(size: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(1, size))
    old, new = root_of(MANY[:before]), root_of(MANY[:size])
    proof = proof_over(MANY[:size], consistency_stretches(before, size))
    assert is_consistent(before, old, size, new, proof)
    changed = data.draw(changes_of([old, new, *proof]))
    assert not is_consistent(before, changed[0], size, changed[1], changed[2:])
    for shorter in (proof[:-1], proof[1:]):
        assert not proof or not is_consistent(before, old, size, new, shorter)
    assert not is_consistent(before, old, size, new, (*proof, new))
    assert not is_consistent(size + 1, old, size, new, proof)
    assert not is_consistent(-1, old, size, new, proof)
    assert before == size or not is_consistent(before, old, before, new, proof)


@st.composite
def changes_of(draw: st.DrawFn, nodes: Sequence[bytes]) -> list[bytes]:
    """Return the nodes with one bit of one of them turned."""
    at, bit = draw(st.integers(0, len(nodes) - 1)), draw(st.integers(0, 255))
    changed = bytearray(nodes[at])
    changed[bit // 8] ^= 1 << bit % 8
    return [*nodes[:at], bytes(changed), *nodes[at + 1 :]]


@given(st.lists(st.sampled_from([1, 2, 3, 100, 255, 256, 257, 1000]), min_size=1, max_size=5))
@example([65_530, 10])
@settings(deadline=None, max_examples=40)
def test_tiles_of_any_growth_are_the_tree(counts: list[int]) -> None:
    tail = Tail(log="example", size=0, edge=())
    tiles: dict[tuple[int, int], bytes] = {}
    leaves: list[bytes] = []
    for count in counts:
        new = [(len(leaves) + at).to_bytes(4, "big") for at in range(count)]
        growth = grow(tail, new)
        assert growth.first_index == tail.size
        leaves += [leaf_hash(data) for data in new]
        tiles |= {tile.id: tile.hashes for tile in growth.tiles}
        tail = growth.tail
        assert tail.size == len(leaves)
        assert len(tail.edge) == levels_of(tail.size)
    assert tail.root == root_of(leaves)
    assert sorted(tiles) == [
        (level, index)
        for level in range(levels_of(len(leaves)))
        for index in range(-(-(len(leaves) >> 8 * level) // 256))
    ]
    assert all(len(hashes) == 32 * width_at(len(leaves), tile) for tile, hashes in tiles.items())
    assert list(tail.edge) == [
        tiles.get(tile, b"") if width_at(tail.size, tile) else b"" for tile in edge_tiles(tail.size)
    ]
    assert [one for tile in sorted(tiles) if tile[0] == 0 for one in split_hashes(tiles[tile])] == leaves
    for (level, index), hashes in tiles.items():
        for at, found in enumerate(split_hashes(hashes)):
            begin = (index * 256 + at) << 8 * level
            assert level == 0 or found == root_of(leaves[begin : begin + (1 << 8 * level)])


def test_one_leaf_more_writes_one_tile_and_a_thousand_write_few() -> None:
    tail = grow(Tail(log="example", size=0, edge=()), [b""] * 65_530).tail
    assert len(grow(tail, [b""]).tiles) == 1
    assert len(grow(tail, [b""] * 1000).tiles) == 5 + 2 + 1
    assert grow(replace(tail, log="other"), [b""]).tail.log == "other"
    with pytest.raises(ValueError, match="at least one"):
        grow(tail, [])


def test_a_proof_in_a_large_log_needs_few_tiles() -> None:
    size = 5_000_000
    wanted = tiles_for([*inclusion_stretches(1_234_567, size), (0, size)])
    assert len(wanted) <= 6
    assert tile_of(9, 3) == ((1, 0), 6, 8)
