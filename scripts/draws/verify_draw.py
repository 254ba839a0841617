"""`scripts/verify_draw`: repeats a random draw from its exported record.

It needs this one file and Python 3.11, and none of the project's code: docs/patrols-draws.md says what it does.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

Finding = tuple[str, str, str]

FORMAT = "chengma-draw-record-1"
ALGORITHM = "chengma-draw-1"
SEED_CONTEXT = b"chengma draw seed 1\0"
COMMITMENT_CONTEXT = b"chengma log commitment 1\0"
CITY_OFFSET = timedelta(hours=8)
RECUSAL_REASONS = {
    "kinship": "亲属关系 kinship",
    "former_employee": "曾在该处任职 former employee",
    "complaint_pending": "有未结投诉 complaint pending",
    "other_interest": "其他利害关系 other interest",
}
NO_REASON = "未注明原因 no reason given"
AGREES, DIFFERS, NO_RECORD, LOG_NOT_CHECKED = range(4)


# The draw: all that has to be believed is below this line and above the next.


def lot(seed: bytes, *names: str) -> bytes:
    """Return the lot of what `names` name."""
    return hmac.digest(seed, "\0".join(names).encode(), "sha256")


def draw(committed: dict[str, Any], seed: bytes) -> list[dict[str, Any]]:
    """Return the sites that are drawn, each with its inspectors, in the order of the draw."""
    district = {one["id"]: one["district"] for one in committed["sites"]}
    inspectors = {one["id"]: set(one["districts"]) for one in committed["inspectors"]}
    recused = {(one["inspector"], one["site"]) for one in committed["recusals"]}
    burden: Counter[str] = Counter()
    result = []
    for site in sorted(district, key=lambda one: (lot(seed, "site", one), one))[: committed["sites_to_draw"]]:
        fit = [one for one in inspectors if district[site] in inspectors[one] and (one, site) not in recused]
        fit.sort(key=lambda one: (burden[one], lot(seed, "inspector", site, one), one))
        chosen = fit[: committed["inspectors_per_site"]]
        burden.update(chosen)
        result.append({"site": site, "inspectors": chosen})
    return result


# From here on it is about comparing.


def spelled(value: Any) -> bytes:
    """Return JSON in its one spelling (RFC 8785), for values of text and whole numbers."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check(record: dict[str, Any], leaves: list[str] | None = None) -> list[Finding]:
    """Return all that does not agree: a code, and a sentence in Chinese and English."""
    if record["format"] != FORMAT or record["committed"]["algorithm"] != ALGORITHM:
        return [("format_unknown", "不认识这种记录的格式", "this form of record is not known")]
    return [
        *_check_pool(record),
        *_check_seed(record),
        *_check_result(record),
        *_check_log(record["log"], record, leaves),
    ]


def _check_pool(record: dict[str, Any]) -> Iterator[Finding]:
    committed = record["committed"]
    if digest(spelled(committed)) != record["pool_sha256"]:
        yield "pool_changed", "名单池与其哈希不符", "the pool does not have the digest that was committed to"
    for name, key in (("sites", "id"), ("inspectors", "id")):
        ids = [one[key] for one in committed[name]]
        if ids != sorted(set(ids)):
            yield (
                "pool_disordered",
                f"名单池的 {name} 未按编号排序或有重复",
                f"the {name} of the pool are not in their order",
            )
    for one in committed["recusals"]:
        if one.get("reason") not in {None, *RECUSAL_REASONS}:
            site = one["site"]
            yield (
                "reason_unknown",
                f"点位 {site} 的回避原因不明",
                f"the reason of a recusal at the site {site} is unknown",
            )


def _check_seed(record: dict[str, Any]) -> Iterator[Finding]:
    server_seed = bytes.fromhex(record["server_seed"])
    if digest(server_seed) != record["committed"]["seed_sha256"]:
        yield "seed_changed", "服务器种子与承诺的哈希不符", "the server's seed is not the one that was committed to"
    if _seed(record).hex() != record["seed"]:
        yield "seed_made_otherwise", "种子不是由两部分合成的", "the seed is not made of its two parts"


def _seed(record: dict[str, Any]) -> bytes:
    return hashlib.sha256(
        SEED_CONTEXT + bytes.fromhex(record["server_seed"]) + record["public_value"].encode()
    ).digest()


def _check_result(record: dict[str, Any]) -> Iterator[Finding]:
    repeated, said = draw(record["committed"], _seed(record)), record["result"]
    drawn, told = [one["site"] for one in repeated], [one["site"] for one in said]
    for site in sorted({*drawn} - {*told}):
        yield "site_left_out", f"抽中的点位 {site} 不在结果中", f"the site {site} was drawn and is not in the result"
    for site in sorted({*told} - {*drawn}):
        yield "site_put_in", f"结果中的点位 {site} 并未抽中", f"the site {site} is in the result and was not drawn"
    if drawn != told and sorted(drawn) == sorted(told):
        yield "order_changed", "点位的抽取顺序不符", "the sites are not in the order in which they are drawn"
    if len(told) != len({*told}):
        yield "site_twice", "同一点位在结果中出现两次", "a site is in the result twice"
    sent = {one["site"]: one["inspectors"] for one in said}
    for one in repeated:
        if one["site"] in sent and sent[one["site"]] != one["inspectors"]:
            site = one["site"]
            yield "inspectors_changed", f"点位 {site} 的巡查员不符", f"other inspectors are drawn for the site {site}"


def _check_log(log: dict[str, Any], record: dict[str, Any], leaves: list[str] | None) -> Iterator[Finding]:
    event, committed = log["data"]["event"], record["committed"]
    told = event["data"]
    if (event["type"], event["subject_id"]) != ("draw.committed", committed["draw_id"]):
        yield "other_event", "日志中的事件不是这次抽取的承诺", "the event of the log is not the commitment to this draw"
    if told["pool_sha256"] != record["pool_sha256"]:
        yield "pool_not_in_log", "日志中承诺的是另一个名单池", "the log has the commitment to another pool"
    if told["seed_sha256"] != committed["seed_sha256"]:
        yield "seed_not_in_log", "日志中承诺的是另一个种子", "the log has the commitment to another seed"
    committed_on = (datetime.fromisoformat(event["occurred_at"]) + CITY_OFFSET).date()
    if committed_on >= date.fromisoformat(committed["public_source"]["announced_on"]):
        yield (
            "committed_late",
            "承诺之日不早于公开数值的公布日：承诺时该数值可能已经公布",
            "the commitment is not earlier than the day of the public figure, which may have been known by then",
        )
    leaf = hashlib.sha256(
        b"\0" + hashlib.sha256(COMMITMENT_CONTEXT + bytes.fromhex(log["salt"]) + spelled(log["data"])).digest()
    ).digest()
    _, size, root = log["checkpoint"].split("\n")[:3]
    proved = _root(log["index"], int(size), leaf, [bytes.fromhex(one) for one in log["inclusion"]])
    if proved != base64.b64decode(root):
        yield "not_in_checkpoint", "检查点中没有这一承诺", "the commitment is not in the checkpoint"
    if leaves is not None and (len(leaves) <= log["index"] or leaves[log["index"]] != leaf.hex()):
        yield "not_in_exported_log", "导出的日志中没有这一承诺", "the commitment is not in the exported log"


def _root(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2); None for one that leads nowhere."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            return None
        if at % 2 or at == last:
            found = hashlib.sha256(b"\1" + one + found).digest()
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + one).digest()
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def main() -> None:
    """Check, print, and end: 0 all agrees, 1 something does not, 2 no record, 3 no log was given to look into."""
    parser = argparse.ArgumentParser(prog="./scripts/verify_draw", description=__doc__)
    parser.add_argument("record", type=Path, metavar="FILE", help="record.json of a draw")
    parser.add_argument("--log", type=Path, metavar="LEAVES", help="leaves.txt of the exported log of patrols")
    parser.add_argument(
        "--arithmetic-only",
        action="store_true",
        help="end with 0 without --log, too, though nothing shows that the commitment was in the log",
    )
    given = parser.parse_args()
    try:
        leaves = None if given.log is None else given.log.read_text(encoding="ascii").split()
        record = json.loads(given.record.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        _give_up(f"无法读取 cannot be read: {error}")
    try:
        findings = check(record, leaves)
        said = _praise(record) if not findings else []
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        _give_up("文件不是完整的抽取记录 this file is not the whole record of a draw")
    for _, zh, en in findings:
        print(f"✗ {zh}\n  {en}")
    if findings:
        print(f"✗ {len(findings)} 处不符 {len(findings)} things do not agree")
        sys.exit(DIFFERS)
    print("\n".join(said))
    sys.exit(_tell_of_log(leaves is not None, given.arithmetic_only))


def _give_up(why: str) -> NoReturn:
    sys.stderr.write(f"verify_draw: {why}\n")
    sys.exit(NO_RECORD)


def _praise(record: dict[str, Any]) -> list[str]:
    """Return what agrees."""
    committed, size = record["committed"], record["log"]["checkpoint"].split("\n")[1]
    sites, inspectors, drawn = len(committed["sites"]), len(committed["inspectors"]), len(record["result"])
    reasons = Counter(RECUSAL_REASONS.get(one.get("reason"), NO_REASON) for one in committed["recusals"])
    return [
        f"✓ 名单池：{sites} 个点位，{inspectors} 名巡查员，与记录中的承诺一致",
        f"  pool: {sites} sites and {inspectors} inspectors, as the record says they were committed to",
        *(f"  回避 recusals: {count} × {reason}" for reason, count in sorted(reasons.items())),
        f"✓ 重新抽取：{drawn} 个点位及其巡查员全部一致",
        f"  drawn again: all {drawn} sites and their inspectors agree",
        f"✓ 记录中的检查点共 {size} 条，承诺是其中第 {record['log']['index']} 条",
        f"  the commitment is leaf {record['log']['index']} of the record's checkpoint of {size}",
    ]


def _tell_of_log(was_given: bool, is_enough: bool) -> int:  # noqa: FBT001 -- two options of the command line
    """Say what was checked against the log, and return how to end."""
    if was_given:
        print("✓ 导出的日志中有同一承诺 the exported log has the same commitment")
        print("检查点的签名请用 ./scripts/verify_log 核验 the checkpoint's signature is for ./scripts/verify_log")
        return AGREES
    print("! 只核验了算术：凭空编造的记录也能通过。请用 --log 给出导出的日志，才能证明承诺确在日志中")
    print("  only the arithmetic was checked, which an invented record passes, too: give the exported log by --log")
    print("  to see that the commitment was in it")
    return AGREES if is_enough else LOG_NOT_CHECKED


if __name__ == "__main__":
    main()
