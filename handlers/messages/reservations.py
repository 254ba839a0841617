"""Refusals of quotas, waiting, moving and pauses."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "already_waiting": message(
        "同行人中有人、或您的账号已在该时段候补",
        "每个账号在一个时段只能候补一次；请等待已有的候补结果，或先放弃。",
        "A visitor, or your account, waits for this slot already",
        "An account waits once for a slot: wait for what comes of it, or decline it first.",
    ),
    "booking_paused": message(
        "因多次预约未到，暂不能预约",
        "请在 paused_until 所示时间之后再预约；如有异议，可在“爽约记录”中申诉。人工窗口仍可办理。",
        "Booking is paused for this account after missed visits",
        "Book from the time in `paused_until` on, or appeal in your record of missed visits. The staffed window stays "
        "open to you.",
    ),
    "cancel_deadline_passed": message(
        "已过改期时限",
        "仍可取消预约；取消后请另行预约。",
        "It is too late to move this reservation",
        "It can still be cancelled; then book another slot.",
    ),
    "closure_not_found": message(
        "没有这次闭场安排", "请核对编号和账号的权限范围。", "No such closure", "Check its id and your account's scope."
    ),
    "day_limit_reached": message(
        "该场所当日的预约次数已用完",
        "请另选日期，或先取消当日的其他预约。",
        "No more bookings for this day are allowed at this venue",
        "Choose another day, or cancel your other booking of that day.",
    ),
    "no_places_yet": message(
        "还没有名额，暂无入场码",
        "候补中的请等待通知；已有候补名额的，请在保留时间内确认（POST /reservations/{reservation_id}/take）。",
        "This party has no places yet",
        "Wait for the offer; when there is one, take it in time: POST /reservations/{reservation_id}/take.",
    ),
    "reservation_moved": message(
        "这个预约已改期",
        "请使用 rescheduled_to 所指预约的入场码。",
        "This reservation was moved to another slot",
        "Show the code of the reservation that `rescheduled_to` names.",
    ),
    "not_next": message(
        "候补名额应先提供给排在前面的人",
        "请等待候补通知。",
        "Another party is next in the queue",
        "Wait for the offer.",
    ),
    "offer_over": message(
        "候补名额已失效",
        "保留时间已过或已放弃；请重新候补或另选时段。",
        "This offer is over",
        "It was held until its deadline; join the waitlist again, or choose another slot.",
    ),
    "only_waiting": message(
        "这是候补，不是预约",
        "请使用“放弃候补”。",
        "This party waits for places",
        "Decline instead: leave the waitlist, or give up the offer.",
    ),
    "other_venue": message(
        "只能改到同一场所的时段",
        "如需前往其他场所，请取消后重新预约。",
        "This slot belongs to another venue",
        "Cancel, and book at the other venue.",
    ),
    "places_free": message(
        "该时段仍有余位，无需候补", "请直接预约。", "There are places: no need to wait", "Book them."
    ),
    "quota_below_booked": message(
        "名额不能少于已预约人数",
        "已预约人数见 booked；可改用 if_below_booked: close，保留已有预约并停止新增。",
        "More places are booked than that",
        "See `booked`; with `if_below_booked: close` what is booked stays, and the slot takes no more.",
    ),
    "quota_invalid": message(
        "各渠道名额之和超过总名额，或渠道重复",
        "请核对 capacity 和 set_aside。",
        "More places are set aside than there are, or a channel is named twice",
        "Check `capacity` and `set_aside`.",
    ),
    "rescheduled_before": message(
        "每个预约只能改期一次",
        "如仍需变更，请取消后重新预约。",
        "A reservation can be moved once",
        "Cancel it, and book another slot.",
    ),
    "same_slot": message("所选时段与原预约相同", "请另选时段。", "It is the same slot", "Choose another slot."),
    "slot_drawn": message(
        "该时段的名额将公开摇号分配",
        "请在登记期内提交申请：场所的摇号见 GET /venues/{venue_id}/releases。",
        "The places of this slot are drawn by lot",
        "Hand in a request while requests are taken: GET /venues/{venue_id}/releases shows the venue's draws.",
    ),
    "slot_state_changed": message(
        "该时段的状态已变化，不能这样修改",
        "请刷新后再试；摇号或撤下的时段不能由人工开放。",
        "The slot is not in a state that this change is meant for",
        "Look again; slots that are drawn or withdrawn are not opened by hand.",
    ),
}
