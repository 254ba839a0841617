"""What is wrong with an exported log: each fault has a code, its facts, and a line in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What stands in braces are the facts of the finding.
LINES: Mapping[str, tuple[str, str]] = {
    "checkpoints_none": ("没有任何检查点", "there is no checkpoint"),
    "checkpoints_cut": ("检查点文件末尾不完整", "the file of checkpoints ends within a note"),
    "checkpoint_unreadable": ("检查点 {number} 无法读取：{reason}", "checkpoint {number} cannot be read: {reason}"),
    "checkpoint_unsigned": (
        "检查点 {number}（{size} 条）签名无效：{reason}",
        "checkpoint {number} ({size} leaves): {reason}",
    ),
    "checkpoint_not_cosigned": (
        "检查点 {number}（{size} 条）缺少见证：{reason}",
        "checkpoint {number} ({size} leaves): {reason}",
    ),
    "checkpoint_shrinks": (
        "检查点 {number} 的条数从 {before} 减少到 {size}",
        "checkpoint {number} shrinks the log from {before} to {size} leaves",
    ),
    "leaf_unreadable": ("第 {index} 条哈希无法读取", "leaf {index} is not 64 hexadecimal digits in lower case"),
    "leaves_cut": (
        "缺少第 {first} 至 {last} 条哈希，与检查点 {number}（{size} 条）不符",
        "leaves {first} to {last} are missing, against checkpoint {number} ({size} leaves)",
    ),
    "leaves_contradict": (
        "哈希与检查点 {number}（{size} 条）不符，改动在第 {first} 至 {last} 条之间",
        "leaves contradict checkpoint {number} ({size} leaves): one of {first} to {last} was rewritten",
    ),
    "event_unreadable": (
        "事件文件第 {line} 行无法读取：{reason}",
        "line {line} of the events cannot be read: {reason}",
    ),
    "event_changed": ("事件被改动：第 {index} 条，{id}", "event changed: index {index}, {id}"),
    "event_missing": ("事件缺失：第 {index} 条", "event missing: index {index}"),
    "event_inserted": ("多出的事件：第 {index} 条，{id}", "event inserted: index {index}, {id}"),
    "event_moved": (
        "事件位置被改动：第 {index} 条，{id}，原为第 {own_index} 条",
        "event moved: index {index}, {id}, belongs at {own_index}",
    ),
    "events_swapped": (
        "两个事件被对调：第 {index} 条 {id} 与第 {other_index} 条 {other_id}",
        "events swapped: index {index}, {id}, and index {other_index}, {other_id}",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault."""

    code: str
    facts: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[str, str]:
        """The fault in Chinese and in English."""
        zh, en = LINES[self.code]
        return zh.format(**self.facts), en.format(**self.facts)


def finding(code: str, **facts: int | str) -> Finding:
    """Return the fault `code` with its facts."""
    return Finding(code=code, facts=facts)
