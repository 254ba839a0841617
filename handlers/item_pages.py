"""The page that opens when any phone scans an item's label: one document, no script, nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from handlers.check_pages import OTHER_LANGUAGE, CheckPageHandler, NoCheckPageHandler
from handlers.context import Limit
from handlers.item_page_words import CAUTIONS, PROOFS, STATES, VERDICTS, WORDS, Told, value_text
from handlers.operation import ANSWER_WITHIN_S
from handlers.public_items import PublicCheckHandler
from handlers.wire import CITY_TIME
from services.common.deadlines import deadline
from services.items.public.model import Answer, Caution, ProofStatus, PublicItem, PublicState, Verdict

# The code is genuine, but nobody must trade or use what bears it: that is the headline.
ALARMS = frozenset({Caution.STOLEN, Caution.RECALLED})


class ItemPageHandler(CheckPageHandler, PublicCheckHandler):
    """`/i/{code}`, which every label's QR code leads to."""

    words = WORDS

    async def get(self, code: str) -> None:
        """Show what anybody may know; parameters that others add to links do not matter."""
        with self.services.under_way, deadline(ANSWER_WITHIN_S):
            await self.while_listened_to(self._show(code))

    async def _show(self, code: str) -> None:
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        answer = await self.checked(code, None)
        self.show_page("item.html", kind=kind_of(answer), answer=answer, **texts_of(answer, self.language))


class NoItemPageHandler(NoCheckPageHandler):
    """Any other address below `/i`."""

    words = WORDS


def kind_of(answer: Answer) -> str:
    """Return which sign and colour the answer has."""
    if answer.verdict is Verdict.NOT_GENUINE:
        return "bad"
    if answer.item is not None and _alarms(answer.item):
        return "alarm"
    if answer.item is None or answer.item.warnings:
        return "care"
    return "good"


def texts_of(answer: Answer, language: str) -> Mapping[str, Any]:
    """Return what the page says beside its fixed words."""
    item = answer.item
    verdict = "careful" if item is not None and item.warnings else answer.verdict.value
    told: dict[str, Any] = {"verdict": VERDICTS[language][verdict], "aside": None}
    if item is not None:
        if alarms := _alarms(item):
            told["verdict"] = Told(CAUTIONS[language][alarms[0]].title, WORDS[language]["still_genuine"])
            # Whoever holds the phone may have to show it to somebody who reads the other language.
            told["aside"] = CAUTIONS[OTHER_LANGUAGE[language]][alarms[0]].title
        told["warnings"] = [CAUTIONS[language][caution] for caution in item.warnings]
        told["facts"] = _facts(item, language)
        told["checks"] = _checks(item, language)
        told["proof"], told["proof_facts"] = _proof(item, language)
    return told


def _alarms(item: PublicItem) -> list[Caution]:
    return [one for one in item.warnings if one in ALARMS]


def _state(item: PublicItem, language: str) -> str:
    alarms = _alarms(item)
    if item.state is PublicState.IN_USE and alarms:
        return value_text([CAUTIONS[language][one].title for one in alarms], language)
    return STATES[language][item.state]


def _facts(item: PublicItem, language: str) -> list[tuple[str, str]]:
    words = WORDS[language]
    type_name = item.type_name_en if language == "en" and item.type_name_en else item.type_name
    facts = [(words["name"], item.name), (words["type"], type_name), (words["state"], _state(item, language))]
    shown = [(label, text) for label, text in facts if text]
    return [*shown, *((one.title, value_text(one.value, language)) for one in item.attributes)]


def _checks(item: PublicItem, language: str) -> list[tuple[str, str]]:
    words = WORDS[language]
    found = [(words["checks"], words["times"].format(item.checks))]
    if item.last_checked_on is not None:
        found.append((words["last_checked"], item.last_checked_on.isoformat()))
    if item.first_checked_at is not None:
        first = item.first_checked_at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M")
        found.append((words["first_checked"], words["just_now"] if item.last_checked_on is None else first))
    return found


def _proof(item: PublicItem, language: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a sentence, and the values by which anybody can check it."""
    words, proof = WORDS[language], item.proof
    text = PROOFS[language][proof.status].format(proof.index + 1)
    found = [(words["leaf"], str(proof.index))]
    if proof.status is ProofStatus.INCLUDED and proof.checkpoint is not None and proof.inclusion is not None:
        checkpoint, inclusion = proof.checkpoint.checkpoint, proof.inclusion
        found += [
            (words["origin"], checkpoint.origin),
            (words["size"], str(checkpoint.size)),
            (words["root"], b64encode(checkpoint.root).decode()),
            (words["leaf_hash"], b64encode(inclusion.leaf_hash).decode()),
            *((words["hash"].format(at), b64encode(one).decode()) for at, one in enumerate(inclusion.hashes, 1)),
        ]
    return text, found
