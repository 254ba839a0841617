"""SM2 signatures: the published example, and a second implementation in both directions."""

import secrets
import sys
from dataclasses import replace

import pytest
from base45 import b45encode

from qr import sm2
from qr.entry_code import EntryForm, read_entry_code
from qr.errors import BadSignature
from qr.keyring import SM2, Keyring, KeyState, SigningKey, VerifyKey
from qr.signing import SIGNATURE_BYTES, sign, verify
from qr.sm2 import ORDER
from tests import sm2_by_hand
from tests.unit.test_qr_docs import entry_pass, example

# GB/T 32918.5-2017, annex A.2: the signature of "message digest".
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
RANDOM_NUMBER = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
MESSAGE = b"message digest"
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
KEY = SigningKey(kid=2, seed=SECRET, algorithm=SM2)
VERIFY_KEY = VerifyKey(kid=2, public=PUBLIC, algorithm=SM2)


def test_agrees_with_the_example_of_the_standard_wherever_context_and_message_meet() -> None:
    assert KEY.public == PUBLIC
    assert KEY.verify_key() == VERIFY_KEY
    for cut in (0, 7, len(MESSAGE)):
        verify(VERIFY_KEY, context=MESSAGE[:cut], message=MESSAGE[cut:], signature=SIGNATURE)
    with pytest.raises(BadSignature):
        verify(VERIFY_KEY, context=b"", message=MESSAGE + b"s", signature=SIGNATURE)


def test_the_example_on_the_page_of_codes_is_right() -> None:
    said = example("sm2-example")
    key = SigningKey(kid=int(said["kid"]), seed=bytes.fromhex(said["private key"]), algorithm=SM2)
    payload, signature = bytes.fromhex(said["payload"]), bytes.fromhex(said["signature"])
    assert key.public.hex() == said["public key"]
    assert said["paper code"] == f"CC1:{b45encode(payload + signature).decode()}"
    read = read_entry_code(said["paper code"], Keyring(active=key, verify_keys={2: key.verify_key()}))
    assert read.entry_pass == replace(entry_pass(example(), EntryForm.PAPER), kid=2)


def test_the_second_implementation_agrees_with_the_standard_too() -> None:
    secret = int.from_bytes(SECRET, "big")
    assert sm2_by_hand.public_of(secret) == PUBLIC
    assert sm2_by_hand.sign(secret, MESSAGE, RANDOM_NUMBER) == SIGNATURE


def test_two_implementations_take_each_others_signatures_and_no_changed_ones() -> None:
    for number in range(8):
        key = SigningKey(kid=number, seed=(secrets.randbelow(ORDER - 2) + 1).to_bytes(32, "big"), algorithm=SM2)
        message = secrets.token_bytes(number * 9)
        ours = sign(key, context=b"entry", message=message)
        assert sm2_by_hand.verifies(key.public, b"entry" + message, ours)
        assert not sm2_by_hand.verifies(key.public, b"plate" + message, ours)
        theirs = sm2_by_hand.sign(int.from_bytes(key.seed, "big"), message, secrets.randbelow(ORDER - 1) + 1)
        verify(key.verify_key(), context=b"", message=message, signature=theirs)


def test_a_signature_has_64_bytes_and_is_another_one_each_time() -> None:
    made = {sign(KEY, context=b"", message=MESSAGE) for _ in range(300)}
    assert len(made) == 300
    # Among 300 some numbers begin with a byte of 0, which DER leaves out.
    assert {len(signature) for signature in made} == {SIGNATURE_BYTES}
    for signature in made:
        verify(VERIFY_KEY, context=b"", message=MESSAGE, signature=signature)


@pytest.mark.parametrize("place", [0, 31, 32, 63])
def test_refuses_a_changed_signature(place: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[place] ^= 1
    with pytest.raises(BadSignature):
        verify(VERIFY_KEY, context=b"", message=MESSAGE, signature=bytes(changed))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        bytes(64),
        b"\xff" * 64,
        bytes(32) + SIGNATURE[32:],
        SIGNATURE[:32] + bytes(32),
        SIGNATURE[:32] + ORDER.to_bytes(32, "big"),
        SIGNATURE[32:] + SIGNATURE[:32],
    ],
)
def test_refuses_what_is_no_signature_at_all(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(VERIFY_KEY, context=b"", message=MESSAGE, signature=signature)


def test_refuses_a_signature_by_another_key_or_for_another_context() -> None:
    other = SigningKey(kid=2, seed=bytes(31) + b"\x07", algorithm=SM2)
    signature = sign(other, context=b"entry", message=MESSAGE)
    verify(other.verify_key(), context=b"entry", message=MESSAGE, signature=signature)
    with pytest.raises(BadSignature):
        verify(other.verify_key(), context=b"plate", message=MESSAGE, signature=signature)
    with pytest.raises(BadSignature):
        verify(VERIFY_KEY, context=b"entry", message=MESSAGE, signature=signature)


@pytest.mark.parametrize("number", [0, ORDER - 1, ORDER, (1 << 256) - 1])
def test_refuses_a_secret_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="private key"):
        SigningKey(kid=1, seed=number.to_bytes(32, "big"), algorithm=SM2)


@pytest.mark.parametrize("number", [1, ORDER - 2])
def test_takes_the_least_and_the_largest_secret(number: int) -> None:
    key = SigningKey(kid=1, seed=number.to_bytes(32, "big"), algorithm=SM2)
    assert key.public == sm2_by_hand.public_of(number)
    verify(key.verify_key(), context=b"", message=b"", signature=sign(key, context=b"", message=b""))


@pytest.mark.parametrize("public", [b"", PUBLIC[:32], b"\x04" + PUBLIC])
def test_refuses_public_keys_of_another_length(public: bytes) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        VerifyKey(kid=1, public=public, algorithm=SM2)


@pytest.mark.parametrize("public", [bytes(64), PUBLIC[:63] + b"\x14", b"\xff" * 64])
def test_refuses_a_point_beside_the_curve(public: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        VerifyKey(kid=1, public=public, algorithm=SM2)


def test_a_ring_may_hold_keys_of_both_algorithms() -> None:
    old = SigningKey(kid=1, seed=SECRET)
    ring = Keyring(active=KEY, verify_keys={1: old.verify_key(KeyState.RETIRING), 2: KEY.verify_key()})
    for key in (old, KEY):
        verify(ring.find(key.kid), context=b"", message=b"m", signature=sign(key, context=b"", message=b"m"))
    with pytest.raises(BadSignature):
        verify(ring.find(1), context=b"", message=b"m", signature=sign(KEY, context=b"", message=b"m"))


def test_says_so_where_there_is_no_build_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tongsuopy.crypto.asymciphers.ec", None)
    sm2._tongsuo.cache_clear()
    with pytest.raises(ValueError, match="no SM2 on this machine"):
        VerifyKey(kid=1, public=PUBLIC, algorithm=SM2)
    sm2._tongsuo.cache_clear()
