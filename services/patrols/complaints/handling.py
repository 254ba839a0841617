"""Handling complaints: taking one up, with a visit where it needs one, and answering it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.clock import Clock, IdSource
from services.patrols.complaints.model import AnswerComplaint, Complaint, ComplaintView, TakeUp
from services.patrols.complaints.reading import ComplaintReading
from services.patrols.complaints.rules import answered, taken_up
from services.patrols.complaints.secrecy import Secrecy
from services.patrols.complaints.visiting import Visit, Visiting
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.model import CancelReason, Task
from services.patrols.plans.ports import TaskStore
from services.patrols.plans.rules import cancel
from services.patrols.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Handling:
    """What staff do about complaints."""

    reading: ComplaintReading
    recording: Recording
    visiting: Visiting
    tasks: TaskStore
    secrecy: Secrecy
    clock: Clock
    ids: IdSource

    async def take_up(self, command: TakeUp) -> ComplaintView:
        """Look into a complaint; a visit is a task of the same fact.

        Raises ComplaintUnknown, ComplaintTakenUp, ComplaintAnswered, and for the visit SiteUnknown and PlanRefused.
        """

        async def decide() -> Draft[None]:
            present = await self.reading.get_record(command.actor, command.complaint_id)
            visit = await self._visit(command, present)
            task_id = None if visit is None else visit.task.id
            complaint = taken_up(present, command.actor.id, task_id, self.clock.now())
            event = self._event(complaint, PatrolEventKind.COMPLAINT_TAKEN_UP, command.actor.id, {"task_id": task_id})
            more = () if visit is None else (visit,)
            return Draft(
                records=(complaint, *(one.task for one in more)),
                events=(event, *(one.event for one in more)),
                answer=None,
            )

        await self.recording.settle(decide)
        return await self.reading.get(command.actor, command.complaint_id)

    async def _visit(self, command: TakeUp, complaint: Complaint) -> Visit | None:
        if command.template_id is None:
            return None
        return await self.visiting.visit(command, command.template_id, complaint.site_id)

    async def answer(self, command: AnswerComplaint) -> ComplaintView:
        """End the case, and call off the visit that nobody has made yet; raises ComplaintUnknown, ComplaintAnswered."""
        ciphertext = await self.secrecy.cipher.encrypt(command.answer)

        async def decide() -> Draft[None]:
            present = await self.reading.get_record(command.actor, command.complaint_id)
            complaint = answered(present, command, ciphertext, self.clock.now())
            data = {"outcome": command.outcome.value, "answer_digest": self.secrecy.text_digest(command.answer)}
            event = self._event(complaint, PatrolEventKind.COMPLAINT_ANSWERED, command.actor.id, data)
            tasks = await self._called_off(complaint)
            told = [self._cancelled_event(task, command.actor.id) for task in tasks]
            return Draft(records=(complaint, *tasks), events=(event, *told), answer=None)

        await self.recording.settle(decide)
        return await self.reading.get(command.actor, command.complaint_id)

    async def _called_off(self, complaint: Complaint) -> Sequence[Task]:
        return [cancel(task, CancelReason.NOT_NEEDED) for task in await self.tasks.open_of_origin(complaint.id)]

    def _cancelled_event(self, task: Task, told_by: str) -> PatrolEvent:
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=PatrolEventKind.TASK_CANCELLED,
            subject_id=task.id,
            site_id=task.site_id,
            occurred_at=self.clock.now(),
            told_by=told_by,
            data={"reason": CancelReason.NOT_NEEDED.value},
        )

    def _event(
        self, complaint: Complaint, kind: PatrolEventKind, told_by: str, data: Mapping[str, str | None]
    ) -> PatrolEvent:
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=kind,
            subject_id=complaint.id,
            site_id=complaint.site_id,
            occurred_at=self.clock.now(),
            told_by=told_by,
            data=data,
        )
