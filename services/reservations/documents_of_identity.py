"""Identity documents: the forms of their numbers, and what these tell of the holder's age.

Sources, type by type:

- resident identity number: GB 11643-1999; date of birth in digits 7 to 14, check character by ISO 7064 MOD 11-2
- residence permit of residents of Hong Kong, Macao and Taiwan: State Council, Guobanfa [2018] 81; a number like that,
  with 810000, 820000 or 830000 for the place
- permit of Hong Kong and Macao residents: Ministry of Public Security, 2010-03-10; H or M, eight digits for life, two
  that count the renewals, printed apart since 2013. Of those who are not Chinese nationals: National Immigration
  Administration, 2024-07; HA or MA and seven digits
- permit of Taiwan residents: eight digits since 2015; on booklets ten, some with a letter behind
- permanent residence card of foreigners: National Immigration Administration, 2023; three letters and twelve digits,
  since 2023-12-01 a 9, two digits for the place, three for the nationality, and on as in GB 11643
- passport: ICAO Doc 9303 part 4; letters and digits, nine as a rule, but longer ones have their place in the
  machine-readable zone, too
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from services.reservations.model import DocumentType


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What is wrong with a number: a stable code, and the form that it should have."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class _Form:
    is_right: Callable[[str], bool]
    flaw: Flaw


_NOT_PLAIN = Flaw(code="invalid_format", detail="letters and digits only")
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,15}")
_HK_MACAO_PERMIT = re.compile(r"[HM][0-9]{8}([0-9]{2})?|[HM]A[0-9]{7}")
_TAIWAN_PERMIT = re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?")
_FOREIGN_BEFORE_2023 = re.compile(r"[A-Z]{3}[0-9]{12}")
_FOREIGN = re.compile(r"9[0-9]{16}[0-9X]")
_RESIDENCE_PERMIT = re.compile(r"8[123]0000[0-9]{11}[0-9X]")


def _is_resident_id(number: str) -> bool:
    return ric.is_valid(number)


def _is_foreign_resident_id(number: str) -> bool:
    return _FOREIGN_BEFORE_2023.fullmatch(number) is not None or _is_like_resident_id(_FOREIGN, number)


def _is_like_resident_id(form: re.Pattern[str], number: str) -> bool:
    """Tell whether a number has the form, a date of birth and a check character as in GB 11643."""
    return form.fullmatch(number) is not None and number[-1] == ric.calc_check_digit(number) and _has_birth_date(number)


def _has_birth_date(number: str) -> bool:
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return True


_FORMS: Mapping[DocumentType, _Form] = {
    DocumentType.RESIDENT_ID: _Form(
        is_right=_is_resident_id,
        flaw=Flaw(code="invalid_checksum", detail="not a resident identity number (GB 11643)"),
    ),
    DocumentType.PASSPORT: _Form(
        is_right=lambda number: _PASSPORT.fullmatch(number) is not None,
        flaw=Flaw(code="passport_malformed", detail="a passport's number has 5 to 15 letters and digits"),
    ),
    DocumentType.HK_MACAO_PERMIT: _Form(
        is_right=lambda number: _HK_MACAO_PERMIT.fullmatch(number) is not None,
        flaw=Flaw(
            code="hk_macao_permit_malformed", detail="H or M and 8 or 10 digits, or HA or MA and 7 digits: H12345678"
        ),
    ),
    DocumentType.TAIWAN_PERMIT: _Form(
        is_right=lambda number: _TAIWAN_PERMIT.fullmatch(number) is not None,
        flaw=Flaw(code="taiwan_permit_malformed", detail="8 digits; on a booklet 10 digits, or these and a letter"),
    ),
    DocumentType.FOREIGN_RESIDENT_ID: _Form(
        is_right=_is_foreign_resident_id,
        flaw=Flaw(
            code="foreign_resident_id_malformed",
            detail="18 digits that begin with 9, with a right check digit; on older cards 3 letters and 12 digits",
        ),
    ),
    DocumentType.HK_MACAO_TAIWAN_RESIDENCE: _Form(
        is_right=lambda number: _is_like_resident_id(_RESIDENCE_PERMIT, number),
        flaw=Flaw(
            code="residence_permit_malformed",
            detail="18 digits that begin with 810000, 820000 or 830000, with a right check digit",
        ),
    ),
}


def find_flaw(id_type: DocumentType, number: str) -> Flaw | None:
    """Return what is wrong with a number, given without spaces and in capitals; None when it is right."""
    if not number.isascii() or not number.isalnum():
        return _NOT_PLAIN
    form = _FORMS[id_type]
    return None if form.is_right(number) else form.flaw


def born_on(id_type: DocumentType, number: str) -> date | None:
    """Return the date of birth that a well-formed number tells; None where it does not, as passports."""
    tells = id_type in {DocumentType.RESIDENT_ID, DocumentType.HK_MACAO_TAIWAN_RESIDENCE}
    if tells or (id_type is DocumentType.FOREIGN_RESIDENT_ID and _FOREIGN.fullmatch(number)):
        return ric.get_birth_date(number)
    return None
