"""Events: contracts, the unit of work that writes them, their way to other domains, and sagas made of them."""

from entrepot.shared.events.bus.bus import Bus, Message, MessageRejected
from entrepot.shared.events.bus.memory import MemoryBus
from entrepot.shared.events.event import Event, contract, known_contracts
from entrepot.shared.events.fan_out.fan_out import FanOut, MemoryFanOut, follow
from entrepot.shared.events.inbox.consumer import Consumer
from entrepot.shared.events.inbox.handler import Handler, HandlerTable
from entrepot.shared.events.inbox.locks import Locks
from entrepot.shared.events.outbox.relay import Relay
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events.tables import KERNEL

__all__ = [
    "KERNEL",
    "Bus",
    "Consumer",
    "Event",
    "FanOut",
    "Handler",
    "HandlerTable",
    "Locks",
    "MemoryBus",
    "MemoryFanOut",
    "Message",
    "MessageRejected",
    "Relay",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "contract",
    "follow",
    "known_contracts",
]
