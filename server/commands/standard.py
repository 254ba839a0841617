"""`scripts/standard`: checks the data standard, releases it, and writes its dictionary; needs no server."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from handlers.standard_pages import dictionary_page
from server.sync.dictionary_book import sheets_of
from server.sync.standard_files import FOLDER, LOCK_NAME, load_documents, load_lock, write_lock
from services.sync.standard.compatibility import Verdict, compare_all, lock_of
from services.sync.standard.dictionary import dictionary_of
from services.sync.standard.form import faults_of
from services.sync.standard.schemas import Standard, StandardIncomplete
from services.tables.writing import write_book

Documents = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Parse the command line and do it; end with 1 where the standard is not in order."""
    given = _parser().parse_args()
    try:
        documents = load_documents(given.folder)
        faults = list(faults_in(documents))
        if not faults:
            faults = {"check": _check, "release": _release, "dictionary": _dictionary}[given.command](documents, given)
    except (OSError, StandardIncomplete) as error:
        sys.exit(f"standard: {error}")
    if faults:
        sys.exit("\n".join(f"standard: {fault}" for fault in faults))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/standard", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the schemas are (default: docs/standard)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("check", help="tell what is wrong with the schemas, or breaks what was released")
    commands.add_parser("release", help=f"write {LOCK_NAME} anew, unless a change breaks what was released")
    dictionary = commands.add_parser("dictionary", help="write the data dictionary")
    dictionary.add_argument("out", type=Path, metavar="OUT.xlsx|OUT.html", help="the file to write")
    return parser


def faults_in(documents: Documents) -> Iterator[str]:
    """Yield what is wrong with the schemas themselves, whatever was released."""
    well_formed = True
    for name, document in documents.items():
        for fault in faults_of(document, name):
            well_formed = False
            yield fault
    if well_formed:
        try:
            Standard(documents.values())
        except StandardIncomplete as incomplete:
            yield str(incomplete)


def breaches_of(verdict: Verdict) -> Iterator[str]:
    """Yield why a schema may not be released as it is."""
    kind, _, major = verdict.standard.partition("/")
    for change in verdict.breaking:
        yield (
            f"{verdict.standard}: {change.path}: {change.what}: this breaks readers. Leave {kind}.v{major} as it was "
            f"released, and make the change in {kind}.v{int(major) + 1}.schema.json"
        )
    if not verdict.version_grew:
        what = "; ".join(f"{change.path}: {change.what}" for change in verdict.other) or "the version went back"
        yield f"{verdict.standard}: {what}: x-version needs a higher minor version than the released one"


def _check(documents: Documents, given: argparse.Namespace) -> list[str]:
    verdicts = compare_all(documents.values(), load_lock(given.folder))
    faults = [breach for verdict in verdicts for breach in breaches_of(verdict)]
    waiting = [one.standard for one in verdicts if one.unreleased]
    if waiting and not faults:
        return [f"{', '.join(waiting)}: not released as written; run ./scripts/standard release"]
    if not faults:
        sys.stdout.write(f"standard: {len(verdicts)} schemas are in order, as released\n")
    return faults


def _release(documents: Documents, given: argparse.Namespace) -> list[str]:
    verdicts = compare_all(documents.values(), load_lock(given.folder))
    faults = [breach for verdict in verdicts for breach in breaches_of(verdict)]
    if not faults:
        write_lock(lock_of(documents.values()), given.folder)
        changed = [one.standard for one in verdicts if one.unreleased]
        sys.stdout.write(f"standard: released {', '.join(changed) or 'nothing new'}\n")
    return faults


def _dictionary(documents: Documents, given: argparse.Namespace) -> list[str]:
    dictionary = dictionary_of(documents.values())
    if given.out.suffix == ".xlsx":
        given.out.write_bytes(write_book(sheets_of(dictionary)))
    elif given.out.suffix == ".html":
        given.out.write_bytes(dictionary_page(dictionary))
    else:
        return [f"{given.out}: the dictionary is written as .xlsx or .html"]
    sys.stdout.write(f"standard: wrote {given.out}\n")
    return []


if __name__ == "__main__":
    main()
