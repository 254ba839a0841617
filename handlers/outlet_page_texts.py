"""What the page of a plate says beside its fixed words: pure, from the answer to a scan."""

from collections.abc import Mapping
from typing import Any

from handlers.check_pages import OTHER_LANGUAGE
from handlers.item_page_words import Told
from handlers.outlet_page_words import CAUTIONS, CURRENT, ENDED, FORGED_STEPS, GOOD, LICENCES, RESULTS, SITES, WORDS
from services.patrols.public.model import Caution, PlateAnswer, PublicLicence, PublicSite, Sign, Standing
from services.patrols.sites.model import CheckResult, SiteState

Facts = list[tuple[str, str]]
# Where the plate itself is the matter, that is the headline; all else is for the list below it.
HEADLINES = (Caution.PLATE_FORGED, Caution.PLATE_REVOKED, Caution.PLATE_ELSEWHERE, Caution.PLATE_REPLACED)


def plate_texts(answer: PlateAnswer, language: str) -> Mapping[str, Any]:
    """Return the texts of the page in `language`."""
    headline = next((one for one in answer.warnings if one in HEADLINES), None)
    others = [one for one in answer.warnings if one is not headline]
    return {
        "kind": answer.sign.value,
        "verdict": _verdict(answer, headline, language),
        # Whoever holds the phone may have to show it to somebody who reads the other language.
        "aside": None if headline is None else CAUTIONS[OTHER_LANGUAGE[language]][headline].title,
        "warnings": [CAUTIONS[language][one] for one in others],
        "site": [] if answer.site is None else _site(answer, answer.site, language),
        "licence": _licence(answer.standing, language),
        "check": _check(answer.standing, language),
        "forged_steps": FORGED_STEPS[language],
    }


def _verdict(answer: PlateAnswer, headline: Caution | None, language: str) -> Told:
    if headline is not None:
        return CAUTIONS[language][headline]
    return GOOD[language] if answer.sign is Sign.GOOD else CURRENT[language]


def site_name(name: str, name_en: str, language: str) -> str:
    """Return the name that readers of `language` know, the Chinese one where there is no other."""
    return name_en if language == "en" and name_en else name


def _site(answer: PlateAnswer, site: PublicSite, language: str) -> Facts:
    words = WORDS[language]
    found = [(words["name"], site_name(site.name, site.name_en, language)), (words["address"], site.address)]
    if site.state is not SiteState.ACTIVE:
        found.append((words["state"], SITES[language][site.state]))
    if site.merged_into is not None:
        found.append((words["merged_into"], site_name(site.merged_into, site.merged_into_en or "", language)))
    if answer.ended_on is not None and answer.verdict in ENDED[language]:
        found.append((ENDED[language][answer.verdict], answer.ended_on.isoformat()))
    return found


def _licence(standing: Standing | None, language: str) -> Facts:
    licence = None if standing is None else standing.licence
    if licence is None:
        return []
    words = WORDS[language]
    found: Facts = [(words["licence_status"], LICENCES[language][licence.status])]
    texts = (
        (words["number"], licence.number),
        (words["issuer"], licence.issuer),
        (words["valid"], _days(licence, words)),
    )
    found += [(label, text) for label, text in (*texts, (words["scope"], licence.scope)) if text]
    return found


def _days(licence: PublicLicence, words: Mapping[str, str]) -> str | None:
    if licence.valid_from is None or licence.valid_to is None:
        return None
    return words["from_to"].format(licence.valid_from.isoformat(), licence.valid_to.isoformat())


def _result(result: CheckResult, left: int, language: str) -> str:
    """Return what the latest check came to, not to be read as if nothing were left of earlier ones."""
    if result is CheckResult.PASSED and left:
        return WORDS[language]["something_left" if left > 1 else "something_left_one"].format(left)
    return RESULTS[language][result]


def _check(standing: Standing | None, language: str) -> Facts:
    if standing is None or standing.last_check is None:
        return []
    words, last = WORDS[language], standing.last_check
    left = words["findings"].format(standing.open_findings) if standing.open_findings else words["no_findings"]
    return [
        (words["result"], _result(last.result, standing.open_findings, language)),
        (words["checked_on"], last.checked_on.isoformat()),
        (words["open_findings"], left),
    ]
