"""Who is counted, what strikes come to, and what may be said about them: free of input and output."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.common.errors import FieldError
from services.common.written import without_long_numbers
from services.policies.model import NoShowTerms, VisitPolicy
from services.reservations.model import EndReason, Reservation, ReservationStatus, Slot, SlotState
from services.reservations.no_shows.errors import (
    AmnestyRefused,
    AppealedBefore,
    AppealNotOpen,
    AppealTooLate,
    NothingCounted,
)
from services.reservations.no_shows.model import (
    Account,
    Amnesty,
    AmnestyWish,
    Appeal,
    Decision,
    NoShow,
    Pass,
    Pause,
    Reason,
    State,
    Terms,
    Verdict,
)
from services.venues.model import Channel

# A storm or a renovation; longer than that, a venue withdraws its slots.
LONGEST_AMNESTY = timedelta(days=31)
# Beyond the time in which a strike can still matter: for appeals that are decided late.
KEPT_BEYOND = timedelta(days=30)
# Of a slot that the venue closed, or its calendar no longer plans, nobody is blamed for staying away.
JUDGED_STATES = frozenset({SlotState.OPEN, SlotState.DRAWN})


def terms_of(policy: VisitPolicy) -> Terms:
    """Return what is counted at the venue of a policy."""
    return Terms(
        group=policy.ledger, strikes=policy.strikes, strike_days=policy.strike_days, pause_days=policy.pause_days
    )


def terms_of_group(terms: NoShowTerms) -> Terms:
    """Return what is counted in a group."""
    return Terms(group=terms.group, strikes=terms.strikes, strike_days=terms.strike_days, pause_days=terms.pause_days)


def is_judged(slot: Slot, amnesties: Iterable[Amnesty]) -> bool:
    """Tell whether staying away from this slot has consequences; nobody ever booked one that was never written."""
    held = slot.version > 0 and slot.state in JUDGED_STATES
    return held and not any(amnesty.covers(slot.starts_at) for amnesty in amnesties)


def is_suspect(known: Pass | None, free_until: datetime) -> bool:
    """Tell by what the gate knows of a party whether its reservation has to be looked at: most came, or cancelled."""
    if known is None:
        return True
    return known.admitted_count == 0 and known.cancelled_at is not None and known.cancelled_at > free_until


def reason_of(reservation: Reservation, known: Pass | None, free_until: datetime) -> Reason | None:
    """Return why a reservation is counted against its citizen, None when it is not.

    `free_until` is until when cancelling had no consequence. What a venue cancelled, what was moved and offers that
    nobody took are not counted, nor is who booked at a window or in a group.
    """
    if reservation.channel is not Channel.INDIVIDUAL or not is_suspect(known, free_until):
        return None
    if known is None:
        return Reason.MISSED if reservation.status is ReservationStatus.BOOKED else None
    # The gate was shut to it, so it had been booked; offers that were declined have nothing at the gate.
    return Reason.LATE_CANCEL if reservation.end_reason is EndReason.CITIZEN else None


def keep_until(strike: NoShow) -> datetime:
    """Return until when the strikes of an account in a ledger are kept after `strike`, the latest of them."""
    return strike.at + timedelta(days=strike.terms.strike_days + strike.terms.pause_days) + KEPT_BEYOND


def milder(then: Terms, now: Terms) -> Terms:
    """Return what is milder of each term: a change is to nobody's disadvantage for what was counted before it."""
    counted = [one for one in (then.strikes, now.strikes) if one is not None]
    return replace(
        now,
        strikes=max(counted) if len(counted) == len((then, now)) else None,
        strike_days=min(then.strike_days, now.strike_days),
        pause_days=min(then.pause_days, now.pause_days),
    )


def account_of(strikes: Iterable[NoShow], terms: Terms) -> Account:
    """Return what the strikes of one account in one ledger come to.

    They are gone through in the order of judging. When one makes the number full, a pause begins at its judging, and
    all that were within `strike_days` of each other are used up. Days are those between the visits' starts, so that it
    does not matter how soon somebody judged: 90 days apart is outside of 90 days. What does not count is as though it
    had never been.
    """
    pauses: list[Pause] = []
    left: list[NoShow] = []
    for strike in sorted((one for one in strikes if one.counts), key=lambda one: (one.at, one.id)):
        left.append(strike)
        held = milder(strike.terms, terms)
        together = within(left, held.strike_days)
        if held.strikes is not None and len(together) >= held.strikes:
            until = strike.at + timedelta(days=held.pause_days)
            pauses.append(Pause(group=terms.group, since=strike.at, until=until, strikes=together))
            left = [one for one in left if one not in together]
    return Account(pauses=tuple(pauses), left_over=tuple(left))


def within(strikes: Sequence[NoShow], days: int) -> tuple[NoShow, ...]:
    """Return the strikes for visits that began less than so many days before the latest of them."""
    latest = max(one.starts_at for one in strikes)
    return tuple(one for one in strikes if latest - one.starts_at < timedelta(days=days))


def running_pauses(account: Account, now: datetime) -> tuple[Pause, ...]:
    """Return the pauses that have begun and are not over; the end itself is free."""
    return tuple(one for one in account.pauses if one.since <= now < one.until)


def still_counting(account: Account, terms: Terms, now: datetime) -> tuple[NoShow, ...]:
    """Return the strikes that a further one today would be added to."""
    if terms.strikes is None:
        return ()
    return tuple(one for one in account.left_over if now - one.starts_at < timedelta(days=terms.strike_days))


def appealed(strike: NoShow, words: str, now: datetime) -> NoShow:
    """Return the strike with its appeal; the same words again change nothing, as after a reply that was lost.

    Raises AppealedBefore, NothingCounted, AppealTooLate.
    """
    said = without_long_numbers(words)
    if strike.appeal is not None:
        if strike.appeal.words == said:
            return strike
        raise AppealedBefore
    if not strike.counts:
        raise NothingCounted
    if now > strike.appeal_until:
        raise AppealTooLate
    return replace(strike, state=State.APPEALED, appeal=Appeal(words=said, made_at=now))


def decided(strike: NoShow, verdict: Verdict, now: datetime) -> NoShow:
    """Return the strike with its appeal decided; the same decision again changes nothing. Raises AppealNotOpen."""
    appeal = strike.appeal
    if appeal is not None and appeal.decision is verdict.decision and strike.answer == verdict.words:
        return strike
    if appeal is None or strike.state is not State.APPEALED:
        raise AppealNotOpen
    closed = replace(appeal, decision=verdict.decision, decided_at=now, decided_by=verdict.actor.id)
    state = State.PARDONED if verdict.decision is Decision.PARDON else State.COUNTED
    return replace(strike, state=state, appeal=closed, answer=verdict.words)


def ensure_pardonable(wish: AmnestyWish) -> None:
    """Raise AmnestyRefused for a stretch of time that is empty or too long."""
    if wish.to_at <= wish.from_at:
        raise AmnestyRefused(FieldError(path="to", code="days_reversed", detail="`to` lies before `from`"))
    if wish.to_at - wish.from_at > LONGEST_AMNESTY:
        days = f"{LONGEST_AMNESTY.days}"
        detail = f"at most {days} days"
        raise AmnestyRefused(FieldError(path="to", code="window_too_long", detail=detail, values=(days,)))


def by_group(strikes: Iterable[NoShow]) -> Mapping[str, Sequence[NoShow]]:
    """Return the strikes by the ledger that they are in."""
    found: dict[str, list[NoShow]] = {}
    for one in strikes:
        found.setdefault(one.terms.group, []).append(one)
    return found
