"""Keys, their states, and signatures by them."""

import pytest

from qr.errors import BadSignature, RevokedKey, UnknownKey
from qr.keyring import Keyring, KeyState, PublicKeyring, SigningKey, VerifyKey
from qr.signing import sign, verify

# RFC 8032, section 7.1, test 3
SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
PUBLIC = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
MESSAGE = bytes.fromhex("af82")
SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)


def signing_key(kid: int, first_byte: int) -> SigningKey:
    return SigningKey(kid=kid, seed=bytes([first_byte]) * 32)


def verify_key(key: SigningKey, state: KeyState = KeyState.ACTIVE) -> VerifyKey:
    return VerifyKey(kid=key.kid, public=key.public, state=state)


def test_agrees_with_rfc_8032_wherever_context_and_message_meet() -> None:
    key = SigningKey(kid=3, seed=SEED)
    assert key.public == PUBLIC
    assert sign(key, context=b"", message=MESSAGE) == SIGNATURE
    assert sign(key, context=MESSAGE[:1], message=MESSAGE[1:]) == SIGNATURE
    verify(verify_key(key), context=MESSAGE[:1], message=MESSAGE[1:], signature=SIGNATURE)


def test_a_signature_for_one_context_or_key_is_none_for_another() -> None:
    key = signing_key(1, 7)
    signature = sign(key, context=b"entry", message=MESSAGE)
    verify(verify_key(key), context=b"entry", message=MESSAGE, signature=signature)
    with pytest.raises(BadSignature):
        verify(verify_key(key), context=b"plate", message=MESSAGE, signature=signature)
    with pytest.raises(BadSignature):
        verify(verify_key(signing_key(1, 8)), context=b"entry", message=MESSAGE, signature=signature)


def test_a_seed_is_never_shown() -> None:
    key = SigningKey(kid=1, seed=b"seed-seed-seed-seed-seed-seed-32")
    ring = Keyring(active=key, verify_keys={1: verify_key(key)})
    assert "seed" not in repr(key)
    assert "seed" not in repr(ring)


def test_finds_active_and_retiring_keys_and_no_others() -> None:
    keys = {
        1: verify_key(signing_key(1, 1), KeyState.REVOKED),
        2: verify_key(signing_key(2, 2), KeyState.RETIRING),
        3: verify_key(signing_key(3, 3)),
    }
    ring = PublicKeyring(verify_keys=keys)
    assert ring.find(2) == keys[2]
    assert ring.find(3) == keys[3]
    with pytest.raises(RevokedKey):
        ring.find(1)
    with pytest.raises(UnknownKey):
        ring.find(4)


@pytest.mark.parametrize("kid", [-1, 256])
def test_refuses_a_kid_that_a_code_cannot_hold(kid: int) -> None:
    with pytest.raises(ValueError, match="kid"):
        signing_key(kid, 1)
    with pytest.raises(ValueError, match="kid"):
        VerifyKey(kid=kid, public=PUBLIC)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_refuses_keys_of_another_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey(kid=1, seed=bytes(length))
    with pytest.raises(ValueError, match="32 bytes"):
        VerifyKey(kid=1, public=bytes(length))


def test_refuses_an_algorithm_that_it_cannot_check() -> None:
    with pytest.raises(ValueError, match="Ed448"):
        VerifyKey(kid=1, public=PUBLIC, algorithm="Ed448")
    with pytest.raises(ValueError, match="Ed448"):
        SigningKey(kid=1, seed=SEED, algorithm="Ed448")


def test_refuses_a_key_filed_under_another_kid() -> None:
    with pytest.raises(ValueError, match="filed"):
        PublicKeyring(verify_keys={2: verify_key(signing_key(1, 1))})


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {1: verify_key(signing_key(1, 2))},
        {1: verify_key(signing_key(1, 1), KeyState.RETIRING)},
        {1: verify_key(signing_key(1, 1), KeyState.REVOKED)},
    ],
    ids=["not listed", "another key", "retiring", "revoked"],
)
def test_refuses_to_sign_with_a_key_that_gates_would_not_accept(listed: dict[int, VerifyKey]) -> None:
    with pytest.raises(ValueError, match="listed as active"):
        Keyring(active=signing_key(1, 1), verify_keys=listed)
