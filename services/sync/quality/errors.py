"""Why there is nothing to say about quality."""

from collections.abc import Sequence

from services.common.errors import FieldError, Invalid, NotFound


class QualityNotMeasured(NotFound):
    """Nothing was measured of this kind so far."""

    code = "quality_not_measured"
    title = "The quality of these records was not measured yet"


class RecordKindUnknown(NotFound):
    """There are no such records."""

    code = "record_kind_not_found"
    title = "There is no such kind of records"


class QualityRuleUnknown(Invalid):
    """Records of this kind have no such rule."""

    code = "quality_rule_unknown"
    title = "There is no such rule"

    def __init__(self, rules: Sequence[str]) -> None:
        detail = f"must be one of: {', '.join(rules)}"
        super().__init__(
            errors=(FieldError(path="rule", code="not_allowed", detail=detail, values=(", ".join(rules),)),)
        )
