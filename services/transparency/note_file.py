"""The text of a file of notes, one after the other with an empty line between: it only ever grows."""

from collections.abc import Sequence

SEPARATOR = "\n"


class RecordContradicted(Exception):
    """What was written down once is not what the database says now; the message names the place."""


def split_notes(text: str) -> tuple[list[str], str]:
    """Return the notes of a file, and what follows the last whole one: of a note whose writing was cut short."""
    blocks = text.split("\n\n")
    whole = len(blocks) // 2
    if len(blocks) % 2 == 0 and not blocks[-1].endswith("\n"):
        whole -= 1
    # The last block of a file has its own line feed at its end; the others lost theirs to the splitting.
    notes = [blocks[2 * at] + "\n\n" + blocks[2 * at + 1].removesuffix("\n") + "\n" for at in range(whole)]
    return notes, text[len(join_notes(notes)) :]


def join_notes(notes: Sequence[str]) -> str:
    """Return the notes as a file holds them."""
    return SEPARATOR.join(notes)


def text_to_append(known: Sequence[str], rest: str, signed: Sequence[str]) -> str:
    """Return what completes a file, given the `signed` notes from the first of `known` on.

    `known` are the last whole notes in the file, and `rest` what follows them. Raises RecordContradicted where the
    file holds other notes than were signed, or more.
    """
    for at, note in enumerate(known):
        if signed[at : at + 1] != [note]:
            raise RecordContradicted("a note that was not signed")
    missing = signed[len(known) :]
    text = join_notes(["", *missing] if known and missing else missing)
    if not text.startswith(rest):
        raise RecordContradicted("an unfinished note at its end")
    return text[len(rest) :]
