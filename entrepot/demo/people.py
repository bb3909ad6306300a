"""Customers of the demonstration shop beside those that the explorer offers as logins."""

from __future__ import annotations

from typing import Final

from entrepot.subgraphs.accounts.seeds import DEMO_USERS, DemoUser
from entrepot.subgraphs.orders.service import Address


def _customer(number: int, name: str) -> DemoUser:
    first, _ = name.split(" ", 1)
    identity = f"usr_00000000-0000-7000-8000-0000000000{number}"
    return DemoUser(identity, f"Customer {first}", f"{first.lower()}@example.com", name)


ADA, GRACE, CLERK, ADMINISTRATOR = DEMO_USERS
EMMY: Final = _customer(11, "Emmy Noether")
MARY: Final = _customer(12, "Mary Somerville")
HEDY: Final = _customer(13, "Hedy Lamarr")
ANNIE: Final = _customer(14, "Annie Easley")
ALAN: Final = _customer(15, "Alan Turing")
CHARLES: Final = _customer(16, "Charles Babbage")

USERS: Final = (*DEMO_USERS, EMMY, MARY, HEDY, ANNIE, ALAN, CHARLES)
"""Everybody who can log in."""

_HOMES: Final = {
    ADA: ("1 Quay Street", "Hamburg", "20457", "DE"),
    GRACE: ("14 Harbour Lane", "Rotterdam", "3011", "NL"),
    EMMY: ("7 Ring Road", "Goettingen", "37073", "DE"),
    MARY: ("22 Meridian Walk", "Edinburgh", "EH6 6QQ", "GB"),
    HEDY: ("5 Frequenzgasse", "Vienna", "1010", "AT"),
    ANNIE: ("3 Centaur Place", "Antwerp", "2000", "BE"),
    ALAN: ("8 Bletchley Road", "Manchester", "M1 4BT", "GB"),
    CHARLES: ("1 Engine Court", "Copenhagen", "1050", "DK"),
}


def address_of(user: DemoUser) -> Address:
    """Where a customer lives."""
    line1, city, postal_code, country_code = _HOMES[user]
    return Address(name=user.name, line1=line1, city=city, postal_code=postal_code, country_code=country_code)
