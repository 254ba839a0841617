"""Refusals about photos."""

from collections.abc import Mapping

from handlers.messages.model import LATER, Message, message

MESSAGES: Mapping[str, Message] = {
    "photo_not_found": message(
        "没有这张照片",
        "请先按文件的 SHA-256 开始上传。",
        "No such photo",
        "Begin to send it by the SHA-256 of its file.",
    ),
    "photo_not_ready": message(
        "这张照片还没有可看的图片",
        "state 说明进度：仍在上传或处理的，请稍后再试；被拒绝的，请重新拍摄。",
        "This photo has no pictures",
        "`state` says how far it is: try again later, or take another one if it was refused.",
    ),
    "chunk_out_of_place": message(
        "这一段与已收到的内容不相接",
        "请从 received 所示的字节继续上传。",
        "This chunk does not continue what was received",
        "Go on from the byte that `received` says.",
    ),
    "chunk_unfit": message(
        "这一段的长度不符合要求",
        "除最后一段外，每段为 16 KiB 至 1 MiB，且不超过照片剩余的长度；见 errors。",
        "This chunk has not the length that it should",
        "From 16 KiB (unless it is the last) to 1 MiB, and no more than is left: see `errors`.",
    ),
    "photo_sum_mismatch": message(
        "收到的内容与照片的 SHA-256 不符",
        "已收到的各段已丢弃，请从头重新上传。",
        "What was received is not this photo",
        "All chunks were discarded: begin anew.",
    ),
    "photos_unavailable": message(
        "暂时无法处理或读取照片", LATER[0], "Pictures are not to be had at the moment", LATER[1]
    ),
}
