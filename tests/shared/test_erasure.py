"""Erasure of one person: what subgraphs declare, and the personal values of the audit log, in one transaction."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from entrepot.cli import main
from entrepot.shared.audit import Actor, AuditEntry, record
from entrepot.shared.audit.tables import AUDIT_LOG, AUDIT_PERSONAL
from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.erasure import AUDIT_LOG as AUDIT_VALUES
from entrepot.shared.erasure import erase_person
from entrepot.subgraphs.accounts.models import Session, User
from entrepot.subgraphs.orders.models import Order
from tests.support.any_rows import write_rows
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph

NOTED = frozenset({"alembic_version", "kernel_version", "audit_log", "audit_chain", "audit_head", "audit_personal"})
STAFF = Actor("usr_staff")
REGISTER = """mutation ($email: String!) {
  register(input: {email: $email, password: "correct horse battery", name: "Ada", idempotencyKey: $email}) {
    user { id email name } errors { __typename } } }"""
LOG_IN = """mutation { login(input: {email: "ada@example.com", password: "correct horse battery"}) {
  user { id } errors { ... on UserError { code } } } }"""


async def read_rows(subgraph: SubgraphUnderTest, query: Any) -> list[Any]:
    async with subgraph.process.database.read() as session:
        return list((await session.execute(query)).all())


async def erase(subgraph: SubgraphUnderTest, user_id: str) -> dict[str, int]:
    process = subgraph.process
    return dict(await erase_person(process.subgraph, process.transactions, user_id, actor=STAFF, reason="request 4711"))


async def test_an_account_cannot_be_told_from_others_afterwards(tmp_path: Path) -> None:
    async with open_subgraph("accounts", tmp_path) as accounts:
        ids = {}
        for name in ("ada", "bob"):
            answer = await accounts.execute(REGISTER, ANONYMOUS, email=f"{name}@example.com")
            ids[name] = answer["data"]["register"]["user"]["id"]
        async with accounts.transactions.begin() as unit:
            entry = AuditEntry(
                actor=STAFF,
                action="rename",
                object_type="User",
                object_id=ids["ada"],
                before={"name": "Ada"},
                after={"name": "Ada L."},
                personal={"name"},
            )
            await record(unit, entry)
        erased = await erase(accounts, ids["ada"])
        assert erased == {"name, email address, password": 1, AUDIT_VALUES: 2}
        users = {row.id: (row.email, row.name) for row in await read_rows(accounts, select(User.__table__))}
        assert users == {
            ids["ada"]: (f"{ids['ada']}@erased.invalid", ""),
            ids["bob"]: ("bob@example.com", "Ada"),
        }
        sessions = {row.user_id: row.status for row in await read_rows(accounts, select(Session.__table__))}
        assert sessions == {ids["ada"]: "REVOKED", ids["bob"]: "ACTIVE"}
        assert (await accounts.execute(LOG_IN, ANONYMOUS))["data"]["login"]["errors"] == [
            {"code": "INVALID_CREDENTIALS"}
        ]
        assert await read_rows(accounts, select(AUDIT_PERSONAL).where(AUDIT_PERSONAL.c.subject == ids["ada"])) == []
        logged = await read_rows(accounts, select(AUDIT_LOG).order_by(AUDIT_LOG.c.sequence.desc()).limit(1))
        assert [(row.action, row.actor, row.object_id, row.reason) for row in logged] == [
            ("erasePersonalData", "usr_staff", ids["ada"], "request 4711")
        ]
        assert (await erase(accounts, ids["ada"]))[AUDIT_VALUES] == 0


async def test_orders_keep_the_country_and_nothing_else_of_an_address(tmp_path: Path) -> None:
    address = {"name": "Ada", "line1": "Main Street 1", "city": "Berlin", "country_code": "DE"}
    async with open_subgraph("orders", tmp_path) as orders:
        async with orders.process.database.write() as session:
            connection = await session.connection()
            chosen = {"orders": {"shipping_address": address}}
            await connection.run_sync(write_rows, NOTED, chosen)
            await session.commit()
        rows = await read_rows(orders, select(Order.id, Order.customer_id).order_by(Order.id))
        erased = await erase(orders, rows[0].customer_id)
        assert erased["shipping addresses"] == 1
        after = await read_rows(orders, select(Order.id, Order.shipping_address).order_by(Order.id))
        assert [row.id for row in after] == [row.id for row in rows]
        assert [row.shipping_address for row in after] == [
            {"name": "", "line1": "", "city": "", "country_code": "DE"},
            address,
            address,
        ]


async def test_nothing_is_erased_when_a_part_of_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_arguments: object) -> int:
        raise RuntimeError("no")

    async with open_subgraph("accounts", tmp_path) as accounts:
        answer = await accounts.execute(REGISTER, ANONYMOUS, email="ada@example.com")
        monkeypatch.setattr("entrepot.shared.erasure.erase_personal", fail)
        with pytest.raises(RuntimeError, match="no"):
            await erase(accounts, answer["data"]["register"]["user"]["id"])
        assert [row.email for row in await read_rows(accounts, select(User.__table__))] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ord_1", "--actor", "usr_1", "--reason", "x"), "'ord_1' is not the id of a user"),
        (("usr_1", "--actor", "usr_1"), "required: --reason"),
        (("usr_1", "--actor", "usr_1", "--reason", "x"), "ENTREPOT_ACCOUNTS_DATABASE_URL is not set"),
    ],
)
def test_the_command_says_what_is_wrong(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("ENTREPOT_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    try:
        status = main(["erase-person", *words])
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status != 0
    assert said in capsys.readouterr().err
