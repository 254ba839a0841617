"""Why an operator may not change the keys as asked, and why keys cannot be read."""

from services.common.errors import Conflict


class MasterKeyMismatch(Exception):
    """The data in this database was protected under another master key."""


class KeysRefused(Conflict):
    """An operator asked for a change that the keys do not allow; the detail says why."""

    code = "keys_refused"
    title = "The keys cannot be changed like that"


class KeysChanged(Conflict):
    """Another operator changed the keys in the same moment, and was first."""

    code = "keys_changed"
    title = "Another operator has just changed these keys"
