"""Why labels cannot be had."""

from services.common.errors import FieldError, Invalid, NotFound, Unavailable


class LabelFileUnknown(NotFound):
    """The batch has fewer files than that."""

    code = "label_file_not_found"
    title = "This batch has no such file of labels"


class LabelLayoutUnknown(Invalid):
    """No layout of that name."""

    code = "label_layout_unknown"
    title = "There is no such layout of labels"


class ArtworkRefused(Invalid):
    """The picture is no bounded PNG or JPEG, or the layout has no room for one."""

    code = "artwork_refused"
    title = "This picture cannot be printed on these labels"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(errors=(FieldError(path="artwork", code=code, detail=detail),))


class LabelsUnavailable(Unavailable):
    """The process that draws labels failed, twice in a row or for too long."""

    code = "labels_unavailable"
    title = "Labels cannot be drawn at this moment"
