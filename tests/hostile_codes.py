"""Codes that somebody has worked on, without end and the same for the same seed: each of a kind, none good for entry.

`Hostile` knows genuine codes and the keys of others, and spoils, mixes, signs and repeats. What a kind may be refused
as stands in `MAY_BE`.
"""

import hmac
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from base45 import b45decode

from qr.entry_code import screen_code, sign_entry_pass
from qr.entry_pass import EntryForm, EntryPass
from qr.identifiers import reservation_id_text
from qr.keyring import Keyring, SigningKey
from tests.hostile_payloads import strange_payload
from tests.vectors.town import text

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
STEP = timedelta(seconds=15)
SIGNATURE, MOVING = 64, 12
CONTEXT = b"chengma-entry-1"
FORGED = frozenset({"malformed", "unknown_key", "revoked", "bad_signature"})
MAY_BE: Mapping[str, frozenset[str]] = {
    "bits flipped": FORGED,
    "bytes changed": FORGED,
    "bytes cut or added": FORGED,
    "characters changed": FORGED,
    "cut short": frozenset({"malformed"}),
    "made longer": frozenset({"malformed"}),
    "spliced": FORGED,
    "by a stranger's key": frozenset({"bad_signature", "unknown_key", "revoked"}),
    "by another city": frozenset({"bad_signature", "unknown_key", "revoked"}),
    "for another purpose": frozenset({"bad_signature"}),
    "strange, well signed": frozenset({"malformed"}),
    "moved in time": frozenset({"bad_signature"}),
    "repeated": frozenset({"stale_code"}),
    "of another venue": frozenset({"wrong_venue"}),
    "by somebody else's phone": frozenset({"bad_signature"}),
    "any text": frozenset({"malformed"}),
    "any bytes": frozenset({"malformed"}),
}


@dataclass(frozen=True)
class Hostiles:
    """What the attacker has: genuine codes of the present step, our signing key for payloads that lie, and others'."""

    keyring: Keyring
    stranger: SigningKey
    other_city: Keyring
    rotation_key_of: Callable[[EntryPass], bytes]
    other_rotation_key_of: Callable[[EntryPass], bytes]
    genuine: Sequence[EntryPass]
    elsewhere: Sequence[EntryPass]
    now: datetime
    least_drift: int = 2  # in steps; more, where time passes before codes are shown


class Hostile:
    """Makes codes of all kinds in turn, from one seed; none is one of `fresh`, the genuine codes of the present."""

    def __init__(self, known: Hostiles, seed: int) -> None:
        self._known = known
        self._random = random.Random(seed)
        self.fresh = [self._draw(one, known.now) for one in known.genuine]
        self._bodies = [bytes(b45decode(code[4:])) for code in self.fresh]
        self._good = frozenset(self.fresh)
        self._ways: Mapping[str, Callable[[], str]] = {
            "bits flipped": self._bits,
            "bytes changed": self._bytes,
            "bytes cut or added": self._length,
            "characters changed": self._characters,
            "cut short": self._cut,
            "made longer": self._longer,
            "spliced": self._spliced,
            "by a stranger's key": self._strangers,
            "by another city": self._other_city,
            "for another purpose": self._purpose,
            "strange, well signed": self._strange,
            "moved in time": self._moved,
            "repeated": self._repeated,
            "of another venue": self._elsewhere,
            "by somebody else's phone": self._phone,
            "any text": self._text,
            "any bytes": self._any_bytes,
        }

    def codes(self, count: int) -> Iterator[tuple[str, str]]:
        """Yield kind and code; the kinds take turns."""
        kinds = list(self._ways)
        made = 0
        while made < count:
            kind = kinds[made % len(kinds)]
            code = self._ways[kind]()
            if code not in self._good:  # a swap of two bytes that are alike has changed nothing
                made += 1
                yield kind, code

    def _draw(self, entry_pass: EntryPass, at: datetime) -> str:
        signed = sign_entry_pass(entry_pass, self._known.keyring)
        return screen_code(signed, self._known.rotation_key_of(entry_pass), at)

    def _body(self) -> bytearray:
        return bytearray(self._random.choice(self._bodies))

    def _pass(self) -> EntryPass:
        return self._random.choice(self._known.genuine)

    def _bits(self) -> str:
        body = self._body()
        for bit in self._random.sample(range(len(body) * 8), self._random.randint(1, 8)):
            body[bit // 8] ^= 1 << bit % 8
        return text(bytes(body))

    def _bytes(self) -> str:
        body = self._body()
        for at in self._random.sample(range(len(body)), self._random.randint(1, 6)):
            body[at] = self._random.randrange(256)
        return text(bytes(body))

    def _length(self) -> str:
        body, at = self._body(), self._random.randrange(100)
        if self._random.random() < 0.5:
            del body[at : at + self._random.randint(1, 20)]
        else:
            body[at:at] = self._random.randbytes(self._random.randint(1, 20))
        return text(bytes(body))

    def _characters(self) -> str:
        characters = list(self._random.choice(self.fresh))
        for at in self._random.sample(range(len(characters)), self._random.randint(1, 5)):
            characters[at] = self._random.choice(ALPHABET + "abcxyz_,\n\t\0é中\U0001f3ab")
        return "".join(characters)

    def _cut(self) -> str:
        if self._random.random() < 0.5:
            code = self._random.choice(self.fresh)
            return code[: self._random.randrange(len(code))]
        body = self._body()
        return text(bytes(body[: self._random.randrange(len(body))]))

    def _longer(self) -> str:
        body = self._body()
        body += self._random.choice([bytes(self._random.randint(1, 40)), self._random.randbytes(12), bytes(body)])
        return text(bytes(body))

    def _spliced(self) -> str:
        """Parts of one code with parts of another, but for steps and macs of the same party."""
        one, other = (bytes(body) for body in self._random.sample(self._bodies, 2))
        payload, signature, moving = one[: -SIGNATURE - MOVING], one[-SIGNATURE - MOVING : -MOVING], one[-MOVING:]
        return text(
            self._random.choice(
                [
                    payload + other[-SIGNATURE - MOVING : -MOVING] + moving,
                    other[: -SIGNATURE - MOVING] + signature + moving,
                    payload + signature + other[-MOVING:],
                    payload + signature[:32] + other[-MOVING - 32 : -MOVING] + moving,
                    b"\x87\x02" + payload[2:] + signature,
                ]
            )
        )

    def _signed_by(self, payload: bytes, key: SigningKey, rotation: bytes, context: bytes = CONTEXT) -> str:
        body = payload + key.signer.sign(context + payload)
        return self._stepped(body, rotation, self._known.now)

    def _stepped(self, body: bytes, rotation: bytes, at: datetime) -> str:
        stepped = body + (int(at.timestamp()) // 15).to_bytes(4, "big")
        return text(stepped + hmac.digest(rotation, stepped, "sha256")[:8])

    def _strangers(self) -> str:
        """Sign with a key of one's own a visit that was never booked, under a kid that may be ours."""
        body = self._body()
        rotation = self._known.rotation_key_of(self._pass())
        payload = body[: -SIGNATURE - MOVING]
        payload[4:20] = self._random.randbytes(16)
        if self._random.random() < 0.3:
            payload[2] = self._random.randrange(24)
        return self._signed_by(bytes(payload), self._known.stranger, rotation)

    def _other_city(self) -> str:
        """Take a code that is genuine in another installation."""
        entry_pass = self._pass()
        signed = sign_entry_pass(entry_pass, self._known.other_city)
        return screen_code(signed, self._known.other_rotation_key_of(entry_pass), self._known.now)

    def _purpose(self) -> str:
        body, entry_pass = self._body(), self._pass()
        context = self._random.choice([b"", b"chengma-plate-1", b"chengma-gate-pack-1", b"chengma-ended-plates-1"])
        rotation = self._known.rotation_key_of(entry_pass)
        return self._signed_by(bytes(body[: -SIGNATURE - MOVING]), self._known.keyring.active, rotation, context)

    def _strange(self) -> str:
        payload = strange_payload(self._random, bytes(self._body()[: -SIGNATURE - MOVING]))
        rotation = self._known.rotation_key_of(self._pass())
        if payload[1:2] == bytes([EntryForm.SCREEN.value]):
            return self._signed_by(payload, self._known.keyring.active, rotation)
        return text(payload + self._known.keyring.active.signer.sign(CONTEXT + payload))

    def _moved(self) -> str:
        """Write another step over a genuine code; keep its mac, or draw one with a guessed key."""
        body = self._body()
        at = (
            self._known.now + self._random.choice([-1, 1]) * self._random.randint(self._known.least_drift, 10**6) * STEP
        )
        if self._random.random() < 0.5:
            body[-MOVING:-8] = (int(at.timestamp()) // 15).to_bytes(4, "big")
            return text(bytes(body))
        return self._stepped(bytes(body[:-MOVING]), self._random.randbytes(32), at)

    def _repeated(self) -> str:
        """Show a screenshot: a genuine code of another time."""
        drift = self._random.choice([-1, 1]) * self._random.randint(self._known.least_drift, 6000)
        entry_pass = self._pass()
        body = self._bodies[self._known.genuine.index(entry_pass)]
        return self._stepped(body[:-MOVING], self._known.rotation_key_of(entry_pass), self._known.now + drift * STEP)

    def _elsewhere(self) -> str:
        return self._draw(self._random.choice(self._known.elsewhere), self._known.now)

    def _phone(self) -> str:
        one, other = self._random.sample(list(self._known.genuine), 2)
        body = self._bodies[self._known.genuine.index(one)]
        return self._stepped(body[:-MOVING], self._known.rotation_key_of(other), self._known.now)

    def _text(self) -> str:
        length = self._random.randrange(300)
        code = "".join(self._random.choices(ALPHABET, k=length))
        return self._random.choice(["", "CC1:"]) + code

    def _any_bytes(self) -> str:
        start = bytes(self._random.choice([b"", b"\x87", b"\x87\x01\x01\x50", b"\x9f", b"\x81" * 30]))
        return text(start + self._random.randbytes(self._random.randrange(160)))


def random_id(source: random.Random) -> str:
    """Return a reservation's id."""
    return reservation_id_text(bytes([1]) + source.randbytes(15))
