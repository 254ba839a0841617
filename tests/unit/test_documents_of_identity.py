"""Identity documents: what numbers are right, and what they tell. All numbers are made up, but for specimens."""

from datetime import date

import pytest
from stdnum.cn import ric

from services.policies.model import Age
from services.reservations.documents_of_identity import born_on, find_flaw
from services.reservations.model import DocumentType, Visitor
from services.reservations.rules import age_of

SPECIMEN = "11010519491231002X"  # of GB 11643-1999


def checked(seventeen: str) -> str:
    """Return a number of 18 characters with its check character."""
    return seventeen + ric.calc_check_digit(seventeen + "0")


RIGHT = {
    DocumentType.RESIDENT_ID: [SPECIMEN],
    DocumentType.PASSPORT: ["E12345678", "EA1234567", "123456789", "AB12345", "A1B2C3D4E5F6"],
    DocumentType.HK_MACAO_PERMIT: ["H12345678", "M12345678", "H1234567801", "HA1234567", "MA1234567"],
    DocumentType.TAIWAN_PERMIT: ["12345678", "1234567801", "1234567801B"],
    DocumentType.FOREIGN_RESIDENT_ID: ["USA110000900101", checked("91115619900307123")],
    DocumentType.HK_MACAO_TAIWAN_RESIDENCE: [checked(f"8{one}000019900307001") for one in (1, 2, 3)],
}
FLAWS = {
    DocumentType.RESIDENT_ID: (
        "invalid_checksum",
        ["110105194912310021", "1101051949123100", checked("91115619900307123"), checked("81000019900307001")],
    ),
    DocumentType.PASSPORT: ("passport_malformed", ["E123", "ABCDEFG", "E123456789012345"]),
    DocumentType.HK_MACAO_PERMIT: (
        "hk_macao_permit_malformed",
        ["E12345678", "H1234567", "H123456789", "H12345678012", "HB1234567", "12345678"],
    ),
    DocumentType.TAIWAN_PERMIT: ("taiwan_permit_malformed", ["1234567", "123456789", "T12345678", "12345678B"]),
    DocumentType.FOREIGN_RESIDENT_ID: (
        "foreign_resident_id_malformed",
        ["US1100009001011", "USA11000090010", "911156199003071230", checked("91115619901307123"), SPECIMEN],
    ),
    DocumentType.HK_MACAO_TAIWAN_RESIDENCE: (
        "residence_permit_malformed",
        [checked("84000019900307001"), checked("81000119900307001"), checked("81000019900230001"), SPECIMEN],
    ),
}


@pytest.mark.parametrize(("id_type", "number"), [(one, number) for one, numbers in RIGHT.items() for number in numbers])
def test_real_forms_are_taken(id_type: DocumentType, number: str) -> None:
    assert find_flaw(id_type, number) is None


@pytest.mark.parametrize(
    ("id_type", "number", "code"), [(one, number, code) for one, (code, numbers) in FLAWS.items() for number in numbers]
)
def test_other_forms_are_refused_by_the_document_that_they_are_not(
    id_type: DocumentType, number: str, code: str
) -> None:
    flaw = find_flaw(id_type, number)
    assert flaw is not None
    assert flaw.code == code


@pytest.mark.parametrize("id_type", DocumentType)
@pytest.mark.parametrize("number", ["", "E-123456", "\uff2512345678", "1234 5678"])
def test_nothing_but_letters_and_digits(id_type: DocumentType, number: str) -> None:
    flaw = find_flaw(id_type, number)
    assert flaw is not None
    assert flaw.code == "invalid_format"


def test_every_document_has_a_form() -> None:
    assert set(RIGHT) == set(FLAWS) == set(DocumentType)


def test_numbers_like_resident_identity_numbers_tell_the_date_of_birth() -> None:
    assert born_on(DocumentType.RESIDENT_ID, SPECIMEN) == date(1949, 12, 31)
    assert born_on(DocumentType.HK_MACAO_TAIWAN_RESIDENCE, checked("82000020040229001")) == date(2004, 2, 29)
    assert born_on(DocumentType.FOREIGN_RESIDENT_ID, checked("91115619900307123")) == date(1990, 3, 7)


def test_other_documents_tell_no_age() -> None:
    for id_type in (DocumentType.PASSPORT, DocumentType.HK_MACAO_PERMIT, DocumentType.TAIWAN_PERMIT):
        assert [born_on(id_type, number) for number in RIGHT[id_type]] == [None] * len(RIGHT[id_type])
    assert born_on(DocumentType.FOREIGN_RESIDENT_ID, "USA110000900101") is None


def test_an_age_is_told_by_the_document_or_declared() -> None:
    resident = Visitor(name="示例访客", id_type=DocumentType.RESIDENT_ID, id_number="11010519491231002x")
    assert age_of(resident) == Age(born_on=date(1949, 12, 31), declared_minor=False)
    foreign = Visitor(name="Example Visitor", id_type=DocumentType.PASSPORT, id_number="E12345678", minor=True)
    assert age_of(foreign) == Age(born_on=None, declared_minor=True)
