"""The audit log: who did what to which object, when, from where, before and after; chained by hash after the commit."""

from entrepot.shared.audit.chaining import AuditChainBroken, Chaining
from entrepot.shared.audit.changes import RowChange, watch_changes
from entrepot.shared.audit.entry import SYSTEM, Actor, AuditEntry
from entrepot.shared.audit.recording import erase_personal, record
from entrepot.shared.audit.settings import AuditSettings, read_audit_key

__all__ = [
    "SYSTEM",
    "Actor",
    "AuditChainBroken",
    "AuditEntry",
    "AuditSettings",
    "Chaining",
    "RowChange",
    "erase_personal",
    "read_audit_key",
    "record",
    "watch_changes",
]
