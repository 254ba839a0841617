"""The second factor of staff: time-based one-time passwords (RFC 6238)."""

from dataclasses import replace

import pyotp

from services.common.clock import Clock
from services.common.protection import FieldCipher
from services.identity.errors import (
    AccountUnknown,
    OtpRefused,
    SecondFactorAbsent,
    SecondFactorChanged,
    SecondFactorPresent,
)
from services.identity.model import Actor, SecondFactor, StaffAccount
from services.identity.ports import StaffStore
from services.identity.rules import totp_step

ISSUER = "Chengma"
DRIFT_STEPS = 1


class SecondFactors:
    """Sets up, checks and removes the second factor of one account."""

    def __init__(self, *, staff: StaffStore, cipher: FieldCipher, clock: Clock) -> None:
        self._staff = staff
        self._cipher = cipher
        self._clock = clock

    async def propose(self, actor: Actor) -> str:
        """Make a secret and return its `otpauth://` URI; it counts once confirmed."""
        account = await self._get_account(actor)
        if account.second_factor is not None and account.second_factor.confirmed:
            raise SecondFactorPresent
        secret = pyotp.random_base32()
        factor = SecondFactor(ciphertext=await self._cipher.encrypt(secret), confirmed=False, last_step=0)
        await self._replace(account, account.second_factor, factor)
        return pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER)

    async def confirm(self, actor: Actor, otp: str) -> None:
        """Make the proposed secret count, given a code made with it."""
        account = await self._get_account(actor)
        factor = account.second_factor
        if factor is None:
            raise SecondFactorAbsent
        if factor.confirmed:
            raise SecondFactorPresent
        step = await self._accepted_step(factor, otp)
        await self._replace(account, factor, replace(factor, confirmed=True, last_step=step))

    async def remove(self, actor: Actor, otp: str) -> None:
        """Remove the second factor, given a current code."""
        account = await self._get_account(actor)
        if account.second_factor is None:
            raise SecondFactorAbsent
        await self.ensure_accepted(account, otp)
        await self._replace(account, account.second_factor, None)

    async def _replace(self, account: StaffAccount, seen: SecondFactor | None, then: SecondFactor | None) -> None:
        if not await self._staff.replace_second_factor(account.id, seen=seen, then=then):
            raise SecondFactorChanged

    async def ensure_accepted(self, account: StaffAccount, otp: str) -> None:
        """Raise OtpRefused unless `otp` is current, and was not used before."""
        factor = account.second_factor
        if factor is None:
            raise SecondFactorAbsent
        step = await self._accepted_step(factor, otp)
        if not await self._staff.claim_otp_step(account.id, step):
            raise OtpRefused

    async def _accepted_step(self, factor: SecondFactor, otp: str) -> int:
        totp = pyotp.TOTP(await self._cipher.decrypt(factor.ciphertext))
        present = totp_step(self._clock.now())
        for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
            if pyotp.utils.strings_equal(totp.generate_otp(step), otp) and step > factor.last_step:
                return step
        raise OtpRefused

    async def _get_account(self, actor: Actor) -> StaffAccount:
        account = await self._staff.find(actor.id)
        if account is None:
            raise AccountUnknown
        return account
