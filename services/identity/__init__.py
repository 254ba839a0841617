"""Who acts: citizens by WeChat, staff by password, their sessions, roles and scopes."""
