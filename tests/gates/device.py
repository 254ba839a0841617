"""A gate device in Python: it enrols, fetches packs, decides without network, and keeps a chained log of it.

    device = await OfflineGate.enrolled(line, manager, venue, gate_id)
    await device.fetch_pack()                       # while there is a network
    device.scan(code, now)                          # without one: decided by the pack, and written into its log
    await device.upload()                           # when it is back; again and again until all is answered

`storage` is what survives when the device is killed: make another OfflineGate of it, and nothing is lost.
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nacl.signing import SigningKey

from qr.gate_log import LogEntry, LogKind, code_sha256, entry_hash, sign_entry
from qr.gate_pack import GatePack, read_gate_pack
from qr.gate_verifier import GateDecision, GateMemory, GateVerifier, Verdict
from qr.keyring import PublicKeyring, VerifyKey
from tests.field.line import Line

AT_ONCE = 200
MS = timedelta(milliseconds=1)
Json = dict[str, Any]


def in_ms(instant: datetime) -> datetime:
    """Return the instant on a whole millisecond."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A line of the log as it is uploaded: the entry, its hash and signature, and the code it stands for."""

    entry: LogEntry
    code: str | None
    hash: str
    signature: bytes

    def item(self) -> Json:
        """Return what is sent."""
        said = self.entry
        issued = said.pack_issued_at
        return {
            "device_id": said.device_id,
            "seq": said.seq,
            "previous": said.previous,
            "kind": said.kind.value,
            "gate_id": said.gate_id,
            "nonce": said.nonce,
            "occurred_at": said.at.isoformat(timespec="milliseconds"),
            "code": self.code,
            "lease_id": said.lease_id,
            "count": said.count,
            "decision": said.decision,
            "reason": said.reason,
            "admitted_now": said.admitted_now,
            "undoes": said.undoes,
            "pack_issued_at": None if issued is None else issued.isoformat(timespec="seconds"),
            "hash": self.hash,
            "signature": base64.urlsafe_b64encode(self.signature).decode().rstrip("="),
        }


@dataclass(kw_only=True)
class Storage:
    """What a device keeps, whatever happens to its program: identity, pack, log, and what was answered of it."""

    device_id: str
    seed: bytes = field(repr=False)
    token: str = field(repr=False)
    gate_id: str
    pack_keys: PublicKeyring
    log: list[Written] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    pack: bytes | None = None
    in_pack: set[str] = field(default_factory=set)
    answers: dict[str, Json] = field(default_factory=dict)

    @property
    def waiting(self) -> list[Written]:
        """What was not answered yet."""
        return [one for one in self.log if one.hash not in self.answers]


@dataclass(kw_only=True)
class OfflineGate:
    """The program on a device; `clock` is the device's own."""

    line: Line
    storage: Storage
    clock: Callable[[], datetime]
    nonces: Callable[[], str] = field(default=lambda: f"gate-{secrets.token_hex(8)}")
    memory: GateMemory = field(default_factory=GateMemory)
    pack: GatePack | None = None

    @classmethod
    async def enrolled(
        cls, line: Line, manager: Line, venue_id: str, gate_id: str, clock: Callable[[], datetime]
    ) -> "OfflineGate":
        """Return a device that a manager invited, with a key of its own; `line` is its own connection."""
        invited = await manager.insist("POST", f"/venues/{venue_id}/gate-devices", {"name": "示例闸机"})
        key = SigningKey.generate()
        public = base64.urlsafe_b64encode(bytes(key.verify_key)).decode().rstrip("=")
        wish = {
            "enrolment_code": invited["enrolment_code"],
            "public_key": public,
            "device_time": clock().isoformat(timespec="milliseconds"),
            "app": "tests 1",
        }
        told = await line.insist("POST", "/gate-devices/enrol", wish)
        line.token = told["access_token"]
        keys = {one["kid"]: _verify_key(one) for one in told["pack_keys"]}
        storage = Storage(
            device_id=told["device_id"],
            seed=bytes(key),
            token=told["access_token"],
            gate_id=gate_id,
            pack_keys=PublicKeyring(verify_keys=keys),
        )
        return cls(line=line, storage=storage, clock=clock)

    def restarted(self) -> "OfflineGate":
        """Return the program started anew on the same device: it knows what the storage knows, and no more."""
        anew = replace(self, memory=GateMemory(), pack=None)
        if self.storage.pack is not None:
            anew._open_pack(self.storage.pack, self.storage.in_pack)
        return anew

    async def fetch_pack(self) -> GatePack:
        """Fetch the pack of this moment; raises NoAnswer."""
        answered = set(self.storage.answers)
        content = await self.line.get(f"/gates/{self.storage.gate_id}/offline-pack")
        self.storage.pack, self.storage.in_pack = content, answered
        return self._open_pack(content, answered)

    def _open_pack(self, content: bytes, in_pack: set[str]) -> GatePack:
        self.pack = read_gate_pack(content, self.storage.pack_keys, self.clock())
        self.memory = GateMemory()
        for written in self.storage.log:
            if written.hash not in in_pack:
                self._remember(written)
        return self.pack

    def scan(
        self, code: str, *, count: int | None = None, tail: str | None = None, nonce: str | None = None
    ) -> Verdict:
        """Decide about a code without network; what was decided is in the log before anybody hears it."""
        verdict = self._verifier.decide(code, self.clock(), memory=self.memory, count=count, document_tail=tail)
        self._write(verdict, kind=LogKind.ENTRY, code=code, count=count, nonce=nonce)
        return verdict

    def walk_in(self, lease_id: str, count: int) -> Verdict:
        """Let people in on a lease."""
        verdict = self._verifier.admit_walk_in(lease_id, count, self.clock(), memory=self.memory)
        self._write(verdict, kind=LogKind.WALK_IN, lease_id=lease_id, count=count)
        return verdict

    def count_out(self, count: int) -> Verdict:
        """Count people who leave."""
        verdict = self._verifier.count_out(count, self.clock())
        self._write(verdict, kind=LogKind.EXIT, count=count)
        return verdict

    def undo(self, nonce: str) -> None:
        """Take back what was written under `nonce`."""
        self._append(
            kind=LogKind.UNDO,
            nonce=self.nonces(),
            code=None,
            decision=GateDecision.ADMITTED,
            undoes=nonce,
        )

    @property
    def last(self) -> Written:
        """What was written last."""
        return self.storage.log[-1]

    async def upload(self, choose: Callable[[Sequence[Written]], Sequence[Written]] = list) -> None:
        """Send what was not answered, in the order of `choose`, and keep the answers; raises NoAnswer."""
        waiting = list(choose(self.storage.waiting))
        for start in range(0, len(waiting), AT_ONCE):
            await self.send(waiting[start : start + AT_ONCE])

    async def send(self, some: Sequence[Written], line: Line | None = None) -> list[Json]:
        """Send a stretch of the log by the device's own line, or by somebody else's."""
        body = {
            "device_time": self.clock().isoformat(timespec="milliseconds"),
            "items": [one.item() for one in some],
        }
        told = await (line or self.line).post("/admissions/batch", body)
        for one, answer in zip(some, told["items"], strict=True):
            if answer["verdict"] != "refused":
                self.storage.answers.setdefault(one.hash, answer)
        return list(told["items"])

    def write(self, entry: LogEntry, code: str | None) -> Written:
        """Sign any entry at all, as a thief who has the device would; it is not appended."""
        return Written(entry=entry, code=code, hash=entry_hash(entry), signature=sign_entry(entry, self.storage.seed))

    def pretend(self, **said: Any) -> Written:
        """Write what was never decided, as a thief who has the device would."""
        return self._append(nonce=self.nonces(), decision=GateDecision.ADMITTED, **said)

    @property
    def _verifier(self) -> GateVerifier:
        assert self.pack is not None, "no pack was fetched"
        return GateVerifier(self.pack)

    def _write(self, verdict: Verdict, **said: Any) -> None:
        if verdict.decision is None:
            return  # the gate asks for something else first
        nonce = said.pop("nonce", None) or self.nonces()
        written = self._append(
            nonce=nonce,
            decision=verdict.decision,
            reason=verdict.reason,
            admitted_now=verdict.admitted_now,
            **{"code": None, **said},
        )
        self.storage.verdicts[written.entry.nonce] = verdict
        self._remember(written)

    def _append(self, *, code: str | None, **said: Any) -> Written:
        log = self.storage.log
        blank: Json = {"lease_id": None, "count": None, "reason": None, "admitted_now": 0, "undoes": None}
        entry = LogEntry(
            device_id=self.storage.device_id,
            seq=len(log) + 1,
            previous=log[-1].hash if log else "",
            gate_id=self.storage.gate_id,
            at=in_ms(self.clock()),
            code_sha256=None if code is None else code_sha256(code),
            pack_issued_at=None if self.pack is None else self.pack.issued_at,
            **{**blank, **said},
        )
        written = self.write(entry, code)
        log.append(written)
        if entry.undoes is not None:
            self._remember(written)
        return written

    def _remember(self, written: Written) -> None:
        undone = written.entry.undoes
        if undone is None:
            verdict = self.storage.verdicts.get(written.entry.nonce)
            if verdict is not None:
                self.memory.remember(verdict)
        elif undone in self.storage.verdicts:
            self.memory.forget(self.storage.verdicts[undone])


def _verify_key(told: Mapping[str, Any]) -> VerifyKey:
    public = base64.urlsafe_b64decode(told["public"] + "=" * (-len(told["public"]) % 4))
    return VerifyKey(kid=told["kid"], public=public, algorithm=told["algorithm"])
