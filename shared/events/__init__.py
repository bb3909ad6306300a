"""Events: contracts, the unit of work that writes them, their way to other domains, and sagas made of them."""

from entrepot.shared.events.bus import Bus, Message, MessageRefused
from entrepot.shared.events.bus_memory import MemoryBus
from entrepot.shared.events.consumer import Consumer
from entrepot.shared.events.event import Event, contract, known_contracts
from entrepot.shared.events.fan_out import FanOut, MemoryFanOut, follow
from entrepot.shared.events.handler import Handler, HandlerTable
from entrepot.shared.events.relay import Relay
from entrepot.shared.events.tables import KERNEL
from entrepot.shared.events.unit_of_work import Transactions, UnitOfWork

__all__ = [
    "KERNEL",
    "Bus",
    "Consumer",
    "Event",
    "FanOut",
    "Handler",
    "HandlerTable",
    "MemoryBus",
    "MemoryFanOut",
    "Message",
    "MessageRefused",
    "Relay",
    "Transactions",
    "UnitOfWork",
    "contract",
    "follow",
    "known_contracts",
]
