"""Refusals about gate devices and revoked codes."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "conflict_not_found": message(
        "没有这条冲突记录",
        "请核对编号和账号的权限范围。",
        "No such conflict",
        "Check the id and your account's scope.",
    ),
    "conflict_settled": message(
        "这条冲突记录正由他人处理",
        "请刷新查看最新结论，再决定是否另作结论；一条记录最多五十个结论。",
        "Somebody else settles this conflict",
        "Reload to see what was said last, then say it again if need be; fifty words about one conflict are the most.",
    ),
    "gate_device_not_found": message(
        "没有这台闸口设备",
        "请核对设备编号和账号的权限范围。",
        "No such gate device",
        "Check the device's id and your account's scope.",
    ),
    "enrolment_code_refused": message(
        "设备登记码无效",
        "请核对登记码，或请场所管理员重新添加设备。",
        "This enrolment code is not good",
        "Check the code, or have the device invited again.",
    ),
    "enrolment_code_used": message(
        "设备登记码已用过",
        "每个登记码只能使用一次；请场所管理员重新添加设备。若不是您用的，请立即停用该设备。",
        "This enrolment code was used",
        "A code works once. Have the device invited again; if it was not you who used it, have that device revoked.",
    ),
    "enrolment_code_expired": message(
        "设备登记码已过期",
        "登记码30分钟内有效；请场所管理员重新添加设备。",
        "This enrolment code has expired",
        "Codes are good for thirty minutes. Have the device invited again.",
    ),
    "too_many_gate_devices": message(
        "场所的闸口设备已达上限",
        "请先停用不再使用的设备。",
        "This venue has as many gate devices as it may have",
        "Revoke those that are not in use any more.",
    ),
    "device_key_taken": message(
        "该公钥已属于另一台设备",
        "请由设备重新生成一对密钥后再登记；每台设备的密钥只用一次。",
        "Another device has enrolled with this key",
        "Have the device make a new key pair, also after it was reset or revoked.",
    ),
    "device_key_unusable": message(
        "设备公钥不可用",
        "请由设备重新生成一对 Ed25519 密钥。",
        "This is no usable Ed25519 public key",
        "Have the device make a new key pair.",
    ),
    "code_revoked": message(
        "入场码已被场所停用",
        "预约仍然有效；请到场所服务窗口核实身份后恢复。",
        "The venue has revoked this entry code",
        "Your reservation stands. Ask at the venue's window, where it can be restored.",
    ),
    "code_changed_too_often": message(
        "该入场码反复停用和恢复的次数过多",
        "请改为取消预约，或联系上级管理员。",
        "This code was revoked and restored too often",
        "Cancel the reservation instead, or ask an administrator.",
    ),
}
