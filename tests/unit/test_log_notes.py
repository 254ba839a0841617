"""Signed notes: a worked example, the example of the note format itself, and every change that must be noticed."""

import base64
from dataclasses import replace

import pytest

from qr.errors import BadSignature
from qr.keyring import SigningKey, VerifyKey
from qr.signing import verify
from services.transparency.model import Checkpoint
from services.transparency.note_file import RecordContradicted, join_notes, split_notes, text_to_append
from services.transparency.notes import (
    LOG_KEY,
    WITNESS_KEY,
    Note,
    NoteMalformed,
    NoteRefused,
    PublicKey,
    cosign,
    read_body,
    read_key,
    read_note,
    sign_checkpoint,
    verify_log_signature,
    verify_witness,
    write_body,
)

KEY = SigningKey(kid=1, seed=bytes(range(32)))
OTHER = SigningKey(kid=2, seed=bytes(range(1, 33)))
CHECKPOINT = Checkpoint(origin="chengma.example/items", size=3, root=bytes(range(32)))
LOG = PublicKey(name="chengma.example/items", kind=LOG_KEY, public=KEY.public)
WITNESS = PublicKey(name="office.example", kind=WITNESS_KEY, public=OTHER.public)

NOTE = """chengma.example/items
3
AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

— chengma.example/items M8aJSq+vFQJd3lH6CgEiZfZeyLc4xSub/+3Ei2WJR8hjfRUcXuvpWgkBwCNDWDTFHugbt5lYvk5W2NpG/mzXqBqlNQ8=
"""
# From the documentation of the Go checksum database's note package, which C2SP signed-note describes.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def test_a_checkpoint_is_signed_as_documented() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    assert note.text == NOTE
    assert LOG.text == "chengma.example/items+33c6894a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    assert read_note(NOTE) == note
    assert read_key(LOG.text) == LOG
    assert verify_log_signature(note, [LOG]) == CHECKPOINT


def test_notes_of_other_programs_are_read_and_verified() -> None:
    key, note = read_key(GO_KEY), read_note(GO_NOTE)
    assert (key.name, key.kind, key.text) == ("PeterNeumann", LOG_KEY, GO_KEY)
    assert note.text == GO_NOTE
    (line,) = note.signatures
    assert (line.name, line.key_id) == (key.name, key.id)
    public = VerifyKey(kid=0, public=key.public)
    verify(public, context=b"", message=note.body.encode(), signature=line.signature)
    with pytest.raises(BadSignature):
        verify(public, context=b"", message=note.body.encode() + b"\n", signature=line.signature)


def test_a_witness_says_when_it_saw_the_checkpoint() -> None:
    note = cosign(sign_checkpoint(CHECKPOINT, KEY), "office.example", OTHER, 1_764_000_000)
    assert verify_log_signature(note, [LOG]) == CHECKPOINT
    assert verify_witness(note, WITNESS) == 1_764_000_000
    (_, line) = note.signatures
    assert line.signature[:8] == (1_764_000_000).to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1764000000\n" + note.body.encode()
    verify(VerifyKey(kid=0, public=OTHER.public), context=b"", message=message, signature=line.signature[8:])
    assert read_note(note.text) == note


def test_an_unknown_signature_does_not_count_and_a_wrong_one_spoils_the_note() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    stranger = PublicKey(name=LOG.name, kind=LOG_KEY, public=OTHER.public)
    with pytest.raises(NoteRefused, match="not signed"):
        verify_log_signature(note, [stranger])
    with pytest.raises(NoteRefused, match="not signed"):
        verify_log_signature(note, [])
    assert verify_log_signature(note, [stranger, LOG]) == CHECKPOINT
    with pytest.raises(NoteRefused, match="not cosigned"):
        verify_witness(note, WITNESS)
    for changed in (Checkpoint(origin=LOG.name, size=4, root=bytes(32)), replace(CHECKPOINT, size=30)):
        with pytest.raises(NoteRefused, match="wrong"):
            verify_log_signature(Note(body=write_body(changed), signatures=note.signatures), [LOG])


def test_a_key_of_a_log_does_not_sign_for_another_log_nor_a_witness_for_a_log() -> None:
    elsewhere = sign_checkpoint(replace(CHECKPOINT, origin="elsewhere.example"), KEY)
    with pytest.raises(NoteRefused):
        verify_log_signature(elsewhere, [LOG])
    borrowed = Note(body=write_body(CHECKPOINT), signatures=elsewhere.signatures)
    with pytest.raises(NoteRefused):
        verify_log_signature(borrowed, [LOG, replace(LOG, name="elsewhere.example")])
    with pytest.raises(NoteRefused):
        verify_log_signature(sign_checkpoint(CHECKPOINT, KEY), [replace(LOG, kind=WITNESS_KEY)])


def test_a_changed_time_of_a_witness_is_noticed() -> None:
    note = cosign(sign_checkpoint(CHECKPOINT, KEY), "office.example", OTHER, 1_764_000_000)
    own, line = note.signatures
    later = replace(line, signature=(1_764_000_001).to_bytes(8, "big") + line.signature[8:])
    for wrong in (later, replace(line, signature=line.signature[:-1])):
        with pytest.raises(NoteRefused):
            verify_witness(replace(note, signatures=(own, wrong)), WITNESS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n3\n", "\n03\n"),
        ("\n3\n", "\n+3\n"),
        ("\n3\n", "\n-3\n"),
        ("\n3\n", "\n3 \n"),
        ("\n3\n", "\n３\n"),
        ("\n3\n", "\n" + "9" * 19 + "\n"),
        ("Hh8=", "Hh9="),  # spare bits
        ("Hh8=", "Hh8"),
        ("Hh8=", "Hh8=\nmore"),
        ("AAEC", "AAE\u00a0"),
        ("chengma.example/items\n", "chengma example\n"),
        ("chengma.example/items\n", "\n"),
    ],
)
def test_a_checkpoint_has_one_spelling(old: str, new: str) -> None:
    body = NOTE.partition("\n\n")[0] + "\n"
    assert read_body(body) == CHECKPOINT
    with pytest.raises(NoteMalformed):
        read_body(body.replace(old, new, 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—  "),
        NOTE.replace("\n", "\r\n"),
        NOTE.partition("\n\n")[0] + "\n\n— x AAAA\n",
        NOTE.partition("\n\n")[0] + "\n\n— x AAAAAB==\n",
        NOTE.partition("\n\n")[0] + "\n\n— x ====\n",
        NOTE.partition("\n\n")[0] + "\n\n" + "— x AAAAAAAA\n" * 65,
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        read_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("Peter", "Peter+"),
        GO_KEY.replace("PeterNeumann", "PeterNewmann"),
        GO_KEY + "\n",
        "x+00000000+" + base64.b64encode(bytes(33)).decode(),
        "x+00000000+" + base64.b64encode(bytes(32)).decode(),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        read_key(text)


NOTES = [sign_checkpoint(replace(CHECKPOINT, size=size), KEY).text for size in range(4)]


def test_a_file_of_notes_cut_anywhere_is_completed_to_the_same_file() -> None:
    whole = join_notes(NOTES)
    assert split_notes(whole) == (NOTES, "")
    for end in range(len(whole) + 1):
        known, rest = split_notes(whole[:end])
        assert known == NOTES[: len(known)]
        assert whole[:end] + text_to_append(known, rest, NOTES) == whole
        last = known[-1:]
        assert whole[:end] + text_to_append(last, rest, NOTES[len(known) - len(last) :]) == whole


def test_a_complete_file_needs_nothing() -> None:
    assert text_to_append(NOTES, "", NOTES) == ""
    assert text_to_append([], "", []) == ""
    assert text_to_append([], "", NOTES) == join_notes(NOTES)


@pytest.mark.parametrize(
    ("known", "rest", "signed"),
    [
        (NOTES[:2], "", [NOTES[0], NOTES[2]]),
        (NOTES[:2], "", NOTES[:1]),
        (NOTES[:1], "", []),
        (NOTES[:1], "\nx", NOTES),
        (NOTES[:1], "\n", NOTES[:1]),
        ([], "x", NOTES),
        ([], NOTES[1][:60], NOTES),
    ],
)
def test_a_file_that_says_something_else_is_not_touched(known: list[str], rest: str, signed: list[str]) -> None:
    with pytest.raises(RecordContradicted):
        text_to_append(known, rest, signed)
