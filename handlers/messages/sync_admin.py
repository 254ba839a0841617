"""What people read about delivering to the main system: alarms, why it fails, and refusals."""

from collections.abc import Mapping

from handlers.messages.model import Message, message
from services.sync.relay.situation import Alarm

MESSAGES: Mapping[str, Message] = {
    "main_system_missing": message(
        "没有配置主系统",
        "请运维人员以 CHENGMA_SYNC_MAIN_URI 给出主系统地址。",
        "No main system is configured",
        "Ask an operator to give its address as CHENGMA_SYNC_MAIN_URI.",
    ),
}
ALARMS: Mapping[Alarm, Message] = {
    Alarm.LATE: message(
        "最早的一条事实等待过久",
        "先看主系统是否应答，再看投递进程是否在工作；主系统恢复后积压会自行送完。",
        "The oldest fact has waited for too long",
        "See whether the main system answers, then who delivers; once it answers, what waits goes by itself.",
    ),
    Alarm.SILENT: message(
        "没有投递进程在工作",
        "查看 logs/sync.log，并确认至少一台机器上 sync.process 为 true；没有数据丢失，只是在等待。",
        "No process delivers",
        "Read logs/sync.log, and see that sync.process is true on one machine at least; nothing is lost, it waits.",
    ),
}
# Codes of the database driver and of our own checks; `docs/sync.md` has the same table.
FAILURES: Mapping[str, Message] = {
    "database_unavailable": message(
        "主系统数据库没有应答",
        "检查网络、防火墙和主系统数据库；恢复后自动继续，无需操作。",
        "The main system's database does not answer",
        "Look at the network, firewalls and that database; delivering goes on by itself when it answers.",
    ),
    "target_not_above": message(
        "目标不是上级系统",
        "核对 sync.level 与 CHENGMA_SYNC_MAIN_URI：只能向更高一级投递。",
        "The target is not above this instance",
        "Mend sync.level or CHENGMA_SYNC_MAIN_URI: records go to higher levels only.",
    ),
    "target_unreadable": message(
        "无法识别目标实例",
        "请上级实例的管理员检查其接收库中的 instances 集合。",
        "The target does not say who it is in a way that can be read",
        "Ask whoever runs the instance above to look at the collection `instances` of its intake.",
    ),
    "refused_18": message(
        "主系统拒绝了账号或密码",
        "核对 CHENGMA_SYNC_MAIN_URI 中的账号、密码和 authSource，然后重启。",
        "The main system refuses the user name or password",
        "Mend user, password and authSource in CHENGMA_SYNC_MAIN_URI, then restart.",
    ),
    "refused_13": message(
        "账号在主系统数据库没有写权限",
        "请主系统管理员授予该库的 readWrite 权限。",
        "The account may not write into the main system's database",
        "Ask the main system's administrator for readWrite on that database.",
    ),
    "write_concern": message(
        "主系统不能保证写入多数节点",
        "请主系统管理员检查副本集的多数节点是否在线。",
        "The main system cannot keep writes on a majority",
        "Ask the main system's administrator whether a majority of its replica set is up.",
    ),
    "contended": message(
        "有其他程序正在改写同一批记录",
        "确认没有另一个实例使用相同的 sync.instance 名称。",
        "Somebody else rewrites the same records",
        "See that no other instance has the same sync.instance.",
    ),
    "internal_fault": message(
        "本程序出现缺陷",
        "把日志中的 defect 一行（logs/sync.log，或命令自己的输出）交给开发者；其余投递不受影响。",
        "A defect of this program",
        "Give the line `defect` to its makers: it is in logs/sync.log, or above; delivering goes on.",
    ),
}
OTHER_FAILURE = message(
    "主系统不接受投递",
    "在 logs/sync.log 中查看 main_system_away，并把失败代码告知主系统管理员。",
    "The main system cannot be delivered to",
    "See main_system_away in logs/sync.log, and tell the main system's administrator the code.",
)


def failure_message(code: str) -> Message:
    """Return what a failure of delivering means and what to do about it."""
    return FAILURES.get(code, OTHER_FAILURE)
