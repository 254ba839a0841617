"""Accounts of staff as documents."""

from collections.abc import Mapping
from typing import Any

from services.identity.model import Role, Scope, ScopeLevel, SecondFactor, StaffAccount


def read_staff(document: Mapping[str, Any]) -> StaffAccount:
    """Return the account of a document."""
    factor = document.get("second_factor")
    return StaffAccount(
        id=document["_id"],
        username=document["username"],
        password_hash=document["password_hash"],
        role=Role(document["role"]),
        scopes=tuple(Scope(level=ScopeLevel(scope["level"]), id=scope["id"]) for scope in document["scopes"]),
        demo=document["demo"],
        second_factor=factor and SecondFactor(**factor),
        active=document.get("active", True),
    )


def staff_document(account: StaffAccount) -> dict[str, Any]:
    """Return an account as it is kept, but for its second factor."""
    return {
        "username": account.username,
        "password_hash": account.password_hash,
        "role": account.role,
        "scopes": scope_documents(account.scopes),
        "demo": account.demo,
        "active": account.active,
    }


def scope_documents(scopes: tuple[Scope, ...]) -> list[dict[str, str]]:
    """Return scopes as they are kept."""
    return [{"level": scope.level, "id": scope.id} for scope in scopes]
