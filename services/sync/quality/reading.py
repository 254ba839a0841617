"""The quality of records as admins and auditors see it."""

from collections.abc import Sequence
from dataclasses import replace

from services.sync.model import RecordKind
from services.sync.quality.errors import QualityNotMeasured, QualityRuleUnknown, RecordKindUnknown
from services.sync.quality.flaws import possible_flaws
from services.sync.quality.model import Measured
from services.sync.quality.ports import QualityStore
from services.sync.standard.schemas import Standard


class QualityReading:
    """Answers from what was measured last; asking costs the database a few documents."""

    def __init__(self, *, store: QualityStore, standard: Standard) -> None:
        self._store = store
        self._standard = standard

    async def all(self) -> Sequence[Measured]:
        """Return what was measured of each kind, in the order of kinds; nothing before the first time."""
        found = {one.kind: one for one in await self._store.all()}
        return [found[kind] for kind in RecordKind if kind in found]

    async def of_kind(self, kind_name: str, rule: str | None) -> Measured:
        """Return what was measured of a kind, with the offenders of `rule` only unless None.

        Raises RecordKindUnknown, QualityRuleUnknown where records of this kind have no such rule, QualityNotMeasured.
        """
        if kind_name not in set(RecordKind):
            raise RecordKindUnknown
        kind = RecordKind(kind_name)
        rules = possible_flaws(self._standard.schema(kind))
        if rule is not None and rule not in rules:
            raise QualityRuleUnknown(rules)
        measured = await self._store.find(kind)
        if measured is None:
            raise QualityNotMeasured
        if rule is None:
            return measured
        return replace(measured, offenders=tuple(one for one in measured.offenders if one.rule == rule))
