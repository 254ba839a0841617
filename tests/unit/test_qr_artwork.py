"""Pictures of codes, read back by an independent decoder."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from qr.artwork import entry_code_png
from qr.entry_code import EntryCode, EntryForm, EntryPass, paper_code, screen_code, sign_entry_pass
from qr.keyring import Keyring, SigningKey, VerifyKey

STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
VERSION_7_MODULES = 45
QUIET_MODULES = 4


def code(form: EntryForm, *, kid: int = 1, minutes: int = 120, party_size: int = 3) -> EntryCode:
    key = SigningKey(kid=kid, seed=bytes(range(32)))
    ring = Keyring(active=key, verify_keys={kid: VerifyKey(kid=kid, public=key.public)})
    entry_pass = EntryPass(
        form=form,
        kid=kid,
        reservation_id="rsv_01K0000000EXAMP7E000000001",
        venue_tag=b"venuetag",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(minutes=minutes),
        party_size=party_size,
    )
    signed = sign_entry_pass(entry_pass, ring)
    return paper_code(signed) if form is EntryForm.PAPER else screen_code(signed, bytes(32), STARTS)


def largest_screen_code() -> EntryCode:
    return code(EntryForm.SCREEN, kid=255, minutes=65_535, party_size=255)


@pytest.mark.parametrize(
    "text",
    [
        code(EntryForm.SCREEN),
        code(EntryForm.PAPER),
        largest_screen_code(),
        code(EntryForm.SCREEN, kid=255, minutes=65_535, party_size=1000),
    ],
    ids=["screen", "paper", "largest screen", "largest group"],
)
def test_a_decoder_reads_the_same_text_at_level_m(text: EntryCode) -> None:
    found = zxingcpp.read_barcodes(Image.open(BytesIO(entry_code_png(text))))
    assert [(one.text, one.format, one.ec_level) for one in found] == [(text, zxingcpp.BarcodeFormat.QRCode, "M")]


@pytest.mark.parametrize("text", [code(EntryForm.SCREEN), largest_screen_code()], ids=["usual", "largest"])
def test_a_screen_code_is_version_7_inside_a_quiet_zone_of_four(text: EntryCode) -> None:
    picture = Image.open(BytesIO(entry_code_png(text, box=1)))
    assert len(text) <= 178
    assert picture.size == (VERSION_7_MODULES + 2 * QUIET_MODULES,) * 2
    dark = picture.convert("L").point(lambda level: 255 - level)
    edge = QUIET_MODULES + VERSION_7_MODULES
    assert dark.getbbox() == (QUIET_MODULES, QUIET_MODULES, edge, edge)


def test_the_box_scales_the_picture_and_nothing_else() -> None:
    text = code(EntryForm.SCREEN)
    small = Image.open(BytesIO(entry_code_png(text, box=1)))
    large = Image.open(BytesIO(entry_code_png(text, box=3)))
    assert large.tobytes() == small.resize(large.size, Image.Resampling.NEAREST).tobytes()


def test_the_same_code_gives_the_same_bytes_and_another_code_others() -> None:
    text = code(EntryForm.SCREEN)
    assert entry_code_png(text) == entry_code_png(text)
    assert entry_code_png(text) != entry_code_png(code(EntryForm.SCREEN, party_size=4))


@pytest.mark.parametrize("box", [0, -1, 41])
def test_refuses_a_picture_of_a_size_that_nobody_needs(box: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        entry_code_png(code(EntryForm.SCREEN), box=box)


def test_refuses_a_text_outside_the_alphanumeric_mode() -> None:
    with pytest.raises(ValueError, match="mode"):
        entry_code_png(EntryCode("CC1:lower"))
