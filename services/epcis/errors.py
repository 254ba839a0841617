"""What can be wrong with EPCIS documents and queries."""

from services.common.errors import FieldError, Invalid


class DocumentInvalid(Invalid):
    """The document is not what EPCIS 2.0 asks for; `errors` has the paths."""

    code = "epcis_document_invalid"
    title = "This is not a valid EPCIS 2.0 document"


class QueryParameterUnknown(Invalid):
    """The query has a parameter that we do not know; leaving it out would answer another question."""

    code = "epcis_query_parameter_unknown"
    title = "This query parameter is not supported"

    def __init__(self, name: str) -> None:
        super().__init__(errors=(FieldError(path=name, code="unknown_field", detail="unknown parameter"),))


class QueryParameterInvalid(Invalid):
    """A query parameter has a value that it cannot have."""

    code = "epcis_query_parameter_invalid"
    title = "A query parameter is not valid"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)
