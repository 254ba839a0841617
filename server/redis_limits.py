"""Limits counted in Redis for all processes together, many requests to a round trip."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from redis.asyncio import Redis

from handlers.context import CounterAway, Limit, Standing
from server.config_sections import RateLimitConfig
from server.redis import LIVE, TIMEOUT_S, RedisGuard, RedisSessionFlags, note_key
from services.common.batches import Batches
from services.common.errors import Unavailable

PERIOD_MS = 60_000
# Three keys each, in one call: Lua takes 8,000 arguments.
MOST_QUESTIONS = 500
MOST_WAITING = 20_000
PATIENCE_S = 2 * TIMEOUT_S

# Sliding windows: what was counted in the window before weighs by the part of it that still lies in the last minute.
# A counter is kept as `start before count`; its window starts with its first request. KEYS come in threes: a counter,
# a session's note, and a counter that counts only those whom the first let pass and whose session is noted as live.
# An answer has a number for each: milliseconds to wait, whether the note says live (1) or ended (2), milliseconds.
SCRIPT = """
local period, live = tonumber(ARGV[1]), ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local values = redis.call('MGET', unpack(KEYS))
local windows = {}

local function window_of(key, value)
  local start, before, count = string.match(value or '', '(%d+) (%d+) (%d+)')
  start, before, count = math.min(tonumber(start) or 0, now), tonumber(before), tonumber(count)
  if now - start >= 2 * period then
    start, before, count = now, 0, 0
  elseif now - start >= period then
    start, before, count = start + period, count, 0
  end
  return {key = key, left = start + period - now, start = start, before = before, count = count}
end

local function claim(index, limit)
  local key = KEYS[index]
  local window = windows[key] or window_of(key, values[index])
  windows[key] = window
  if math.floor(window.before * window.left / period) + window.count < limit then
    window.count, window.changed = window.count + 1, true
    return 0
  end
  if window.count < limit then
    return math.floor(window.left - period * (limit - window.count) / window.before) + 1
  end
  return math.floor(window.left + period - period * limit / window.count) + 1
end

local answers = {}
for index = 1, #KEYS, 3 do
  local limits = 2 + (index - 1) / 3 * 2
  local wait, noted, later = 0, 0, 0
  if KEYS[index] ~= '' then
    wait = claim(index, tonumber(ARGV[limits + 1]))
  end
  if wait == 0 and values[index + 1] then
    noted = values[index + 1] == live and 1 or 2
  end
  if noted == 1 then
    later = claim(index + 2, tonumber(ARGV[limits + 2]))
  end
  answers[index], answers[index + 1], answers[index + 2] = wait, noted, later
end
for key, window in pairs(windows) do
  if window.changed then
    local text = string.format('%.0f %.0f %.0f', window.start, window.before, window.count)
    redis.call('SET', key, text, 'PX', string.format('%.0f', window.left + period))
  end
end
return answers
"""


class _Question(NamedTuple):
    keys: tuple[str, str, str]
    limits: tuple[int, int]


_Answer = tuple[int, int, int]
_NOTED: Mapping[int, bool | None] = {0: None, 1: True, 2: False}


class RedisRateLimiter:
    """Sliding windows of a minute. What is asked while an answer is under way is asked together next."""

    def __init__(self, redis: Redis, guard: RedisGuard, flags: RedisSessionFlags, config: RateLimitConfig) -> None:
        self._guard = guard
        self._flags = flags
        self._script = redis.register_script(SCRIPT)
        self._questions = Batches[_Question, _Answer](
            self._ask, largest=MOST_QUESTIONS, longest=MOST_WAITING, patience_s=PATIENCE_S
        )
        self._most: Mapping[Limit, int] = {
            Limit.ADDRESS: config.per_address,
            Limit.ACCOUNT: config.per_account,
            Limit.LOG_IN_ADDRESS: config.log_in_per_address,
            Limit.WECHAT_LOG_IN_ADDRESS: config.wechat_log_in_per_address,
            Limit.LOG_IN_ACCOUNT: config.log_in_per_account,
            Limit.PUBLIC_MISSES_ADDRESS: config.public_misses_per_address,
            Limit.COMPLAINTS_ADDRESS: config.complaints_per_address,
            Limit.PUBLIC_PHOTOS_ADDRESS: config.public_photos_per_address,
        }

    async def claim(self, limit: Limit, who: str) -> int | None:
        """Count one; return None, or the seconds to wait when the limit is reached. Raises CounterAway."""
        wait_ms, _, _ = await self._answer(_Question((_key(limit, who), "", ""), (self._most[limit], 0)))
        return _seconds(wait_ms)

    async def claim_up_to(self, most: int, client_id: str) -> int | None:
        """Count one of a machine client that may make so many; as `claim` does."""
        wait_ms, _, _ = await self._answer(_Question((f"limit:client:{client_id}", "", ""), (most, 0)))
        return _seconds(wait_ms)

    async def claim_together(self, *, address: str | None, session_id: str, account: str) -> Standing:
        """Count by address unless None, look for the session's note, count by account. Raises CounterAway."""
        ended = self._flags.ended_here(session_id)
        keys = (
            "" if address is None else _key(Limit.ADDRESS, address),
            "" if ended else note_key(session_id),
            _key(Limit.ACCOUNT, account),
        )
        limits = (self._most[Limit.ADDRESS], self._most[Limit.ACCOUNT])
        address_wait_ms, noted, account_wait_ms = await self._answer(_Question(keys, limits))
        live = False if ended else _NOTED[noted]
        return Standing(_seconds(address_wait_ms), live, _seconds(account_wait_ms))

    async def _answer(self, question: _Question) -> _Answer:
        try:
            return await self._questions.submit(question)
        except Unavailable as error:
            raise CounterAway from error

    async def _ask(self, questions: Sequence[_Question]) -> list[_Answer | Exception]:
        keys = list(chain.from_iterable(question.keys for question in questions))
        limits = chain.from_iterable(question.limits for question in questions)
        async with self._guard.watch():
            found: list[int] = await self._script(keys, [PERIOD_MS, LIVE, *limits])
        numbers = iter(found)
        return list(zip(numbers, numbers, numbers, strict=True))


def _key(limit: Limit, who: str) -> str:
    return f"limit:{limit}:{who}"


def _seconds(wait_ms: int) -> int | None:
    return wait_ms // 1000 + 1 if wait_ms else None
