"""`scripts/verify_release`: repeats the draw of a fair release from its exported record.

It needs this one file and Python 3.11, and none of the project's code: docs/fair-release.md says what it does.
"""

import argparse
import hashlib
import hmac
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

Finding = tuple[str, str, str]

FORMAT = "chengma-release-record-1"
ALGORITHM = "chengma-release-1"
KEY_CONTEXT = b"chengma release key 1\0"
TICKET_CONTEXT = b"chengma release ticket 1\0"
MOST_CHOICES = 5
AGREES, DIFFERS, NO_RECORD, NOT_COMMITTED = range(4)


# The draw: all that has to be believed is below this line and above the next.


def draw(pool: Mapping[str, Any], seed: bytes, pool_sha256: str, beacon: Mapping[str, Any]) -> list[list[Any]]:
    """Return pairs of ticket and slot, or None for who got none, in the order of the draw."""
    key = hashlib.sha256(
        KEY_CONTEXT + seed + bytes.fromhex(pool_sha256) + hashlib.sha256(spelled(beacon)).digest()
    ).digest()
    free = {slot["id"]: slot["places"] for slot in pool["slots"]}
    result: list[list[Any]] = []
    for one in sorted(pool["requests"], key=lambda one: hmac.digest(key, one["ticket"].encode(), "sha256")):
        fits = [choice for choice in one["choices"] if free.get(choice, 0) >= one["party_size"]]
        if fits:
            free[fits[0]] -= one["party_size"]
        result.append([one["ticket"], fits[0] if fits else None])
    return result


# From here on it is about comparing.


def spelled(value: Any) -> bytes:
    """Return JSON in its one spelling (RFC 8785), for values of text and whole numbers."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def ticket_of(request_id: str, salt: str) -> str:
    """Return how the pool shows a request."""
    return digest(TICKET_CONTEXT + bytes.fromhex(salt) + request_id.encode())[:32]


def check(record: Mapping[str, Any], noted: Mapping[str, str | None] | None = None) -> list[Finding]:
    """Return all that does not agree, in the record and with what was `noted` before the draw.

    `noted` may have `seed_sha256`, `pool_sha256` and `ticket`. Each finding is a code, and a sentence in two languages.
    """
    if (record["format"], record["algorithm"]) != (FORMAT, ALGORITHM):
        return [("format_unknown", "不认识这种记录的格式", "this form of record is not known")]
    return [
        *_check_noted(record, noted or {}),
        *_check_commitment(record),
        *_check_pool(record),
        *_check_result(record),
        *_check_forfeited(record),
    ]


def _check_noted(record: Mapping[str, Any], noted: Mapping[str, str | None]) -> Iterator[Finding]:
    for name, zh, en in (
        ("seed_sha256", "种子的承诺", "commitment to the seed"),
        ("pool_sha256", "名单的哈希", "digest of the pool"),
    ):
        if noted.get(name) is not None and noted[name] != record[name]:
            yield f"other_{name}", f"{zh}与事先公布的不符", f"the {en} is not the one that was noted before"
    ticket = noted.get("ticket")
    if ticket is not None and ticket not in {one["ticket"] for one in record["pool"]["requests"]}:
        yield "ticket_absent", f"名单中没有凭证 {ticket}", f"the ticket {ticket} is not in the pool"


def _check_commitment(record: Mapping[str, Any]) -> Iterator[Finding]:
    if digest(bytes.fromhex(record["seed"])) != record["seed_sha256"]:
        yield "seed_changed", "种子与承诺的哈希不符", "the seed is not the one that was committed to"
    pool = record["pool"]
    if digest(spelled(pool)) != record["pool_sha256"]:
        yield "pool_changed", "名单与其哈希不符", "the pool does not have the digest that was published"
    if pool["seed_sha256"] != record["seed_sha256"]:
        yield "other_commitment", "名单写明的是另一个种子承诺", "the pool names another commitment to a seed"
    if (pool["release_id"], pool["algorithm"]) != (record["release_id"], record["algorithm"]):
        yield "other_release", "名单属于另一次放号", "the pool is that of another release"


def _check_pool(record: Mapping[str, Any]) -> Iterator[Finding]:
    pool = record["pool"]
    for name, key in (("slots", "id"), ("requests", "ticket")):
        ids = [one[key] for one in pool[name]]
        if ids != sorted(set(ids)):
            yield (
                "pool_disordered",
                f"名单的 {name} 未按次序排列或有重复",
                f"the {name} of the pool are not in their order, or one is there twice",
            )
    if any(not 0 < len(set(one["choices"])) == len(one["choices"]) <= MOST_CHOICES for one in pool["requests"]):
        yield "choices_wrong", "有申请的志愿重复或数量不对", "a request has a choice twice, none or too many"
    if any(one["party_size"] < 1 for one in pool["requests"]):
        yield "party_wrong", "有申请的人数不对", "a request is for nobody"


def _check_result(record: Mapping[str, Any]) -> Iterator[Finding]:
    said = [list(one) for one in record["result"]]
    if digest(spelled(said)) != record["result_sha256"]:
        yield "result_changed", "结果与其哈希不符", "the result does not have the digest that was published"
    repeated = draw(record["pool"], bytes.fromhex(record["seed"]), record["pool_sha256"], record["beacon"])
    if said == repeated:
        return
    drawn, told = dict(repeated), dict(said)
    for ticket in sorted(drawn.keys() - told.keys()):
        yield "ticket_left_out", f"凭证 {ticket} 不在结果中", f"the ticket {ticket} is not in the result"
    for ticket in sorted(told.keys() - drawn.keys()):
        yield "ticket_put_in", f"凭证 {ticket} 不在名单中", f"the ticket {ticket} is in the result and not in the pool"
    if len(told) != len(said):
        yield "ticket_twice", "同一凭证在结果中出现两次", "a ticket is in the result twice"
    for ticket in sorted(one for one in drawn.keys() & told.keys() if drawn[one] != told[one]):
        yield (
            "slot_changed",
            f"凭证 {ticket} 抽得 {drawn[ticket]}，结果中却是 {told[ticket]}",
            f"the ticket {ticket} draws {drawn[ticket]}, and the result says {told[ticket]}",
        )
    if [one[0] for one in repeated] != [one[0] for one in said]:
        yield "order_changed", "抽取的次序不符", "the tickets are not in the order in which they are drawn"


def _check_forfeited(record: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether all are named who lost what they had drawn cannot be told from a record: only their codes stand there."""
    if record["forfeited"] is None:  # not settled yet
        return
    if not isinstance(record["forfeited"], list):
        raise TypeError
    winners = {ticket for ticket, slot in record["result"] if slot is not None}
    for ticket, count in Counter(ticket for ticket, _ in record["forfeited"]).items():
        if count > 1:
            yield (
                "forfeited_twice",
                f"凭证 {ticket} 被列为作废 {count} 次",
                f"the ticket {ticket} is called forfeited {count} times",
            )
        if ticket not in winners:
            yield (
                "forfeited_unknown",
                f"凭证 {ticket} 被列为作废，却没有抽中",
                f"the ticket {ticket} is called forfeited and has not won",
            )


def main() -> None:
    """Check, print, and end: 0 all agrees, 1 something does not, 2 no record, 3 nothing was noted before the draw."""
    parser = argparse.ArgumentParser(prog="./scripts/verify_release", description=__doc__)
    parser.add_argument("record", type=Path, metavar="FILE", help="the answer of GET /releases/{id}/record")
    parser.add_argument("--seed-sha256", metavar="HEX", help="as it was published before the requests came")
    parser.add_argument("--pool-sha256", metavar="HEX", help="as it was published before the draw")
    parser.add_argument("--request", nargs=2, metavar=("ID", "SALT"), help="of your own request")
    parser.add_argument(
        "--arithmetic-only",
        action="store_true",
        help="end with 0 without the two digests, too, though nothing shows that they were published before",
    )
    given = parser.parse_args()
    try:
        record = json.loads(given.record.read_text(encoding="utf-8"), object_pairs_hook=_object)
    except (OSError, ValueError, RecursionError) as error:
        _give_up(f"无法读取 cannot be read: {error}")
    try:
        noted = {
            "seed_sha256": given.seed_sha256,
            "pool_sha256": given.pool_sha256,
            "ticket": ticket_of(*given.request) if given.request else None,
        }
        findings = check(record, noted)
        said = _praise(record, noted) if not findings else []
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        _give_up("文件不是完整的抽签记录 this file is not the whole record of a draw")
    for _, zh, en in findings:
        print(f"✗ {zh}\n  {en}")
    if findings:
        print(f"✗ {len(findings)} 处不符 {len(findings)} things do not agree")
        sys.exit(DIFFERS)
    print("\n".join(said))
    sys.exit(_tell_of_notes(noted, given.arithmetic_only))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return what JSON calls an object; raises ValueError for a key that is there twice: who reads takes either."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("同一键出现两次 a key is there twice")
    return made


def _give_up(why: str) -> NoReturn:
    sys.stderr.write(f"verify_release: {why}\n")
    sys.exit(NO_RECORD)


def _praise(record: Mapping[str, Any], noted: Mapping[str, str | None]) -> list[str]:
    """Return what agrees, and what is weaker than it could be."""
    pool, won = record["pool"], sum(slot is not None for _, slot in record["result"])
    requests, slots = len(pool["requests"]), len(pool["slots"])
    said = [
        f"✓ 名单：{slots} 个时段，{requests} 份申请，与公布的哈希一致",
        f"  pool: {slots} slots and {requests} requests, with the digest that the record says was published",
        f"✓ 重新抽签：{won} 份抽中，{requests - won} 份未抽中，次序与结果全部一致",
        f"  drawn again: {won} won, {requests - won} did not; order and result agree",
    ]
    for code, count in sorted(Counter(code for _, code in record["forfeited"] or []).items()):
        said.append(f"  抽中后作废 forfeited after winning: {count} × {code}")
    if record["beacon"]["checkpoint"] is None:
        said.append("! 没有混入截止后签署的检查点 no checkpoint after the close was mixed in")
    if record["public_source"] is not None and record["beacon"]["public_value"] is None:
        said.append("! 约定的公开数值没有混入 the public figure that was announced was not mixed in")
    if noted["ticket"] is not None:
        drawn = dict(record["result"])[noted["ticket"]] or "未抽中 nothing"
        said.append(f"✓ 您的凭证 your ticket {noted['ticket']}: {drawn}")
    return said


def _tell_of_notes(noted: Mapping[str, str | None], is_enough: bool) -> int:  # noqa: FBT001 -- an option of the command line
    """Say what was compared with notes from before the draw, and return how to end."""
    if noted["seed_sha256"] and noted["pool_sha256"]:
        print("✓ 与抽签前记下的承诺和名单哈希一致 agrees with what was noted before the draw")
        return AGREES
    print("! 只核验了算术：事后编造的记录也能通过。请用 --seed-sha256 和 --pool-sha256 给出抽签前记下的哈希")
    print("  only the arithmetic was checked, which a record invented afterwards passes, too: give the digests that")
    print("  you, or anybody whom you believe, noted before the draw")
    return AGREES if is_enough else NOT_COMMITTED


if __name__ == "__main__":
    main()
