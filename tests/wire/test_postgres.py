"""The whole way with PostgreSQL, as several replicas use it."""

from __future__ import annotations

from conftest import StartProxy

ACTION = "I have refunded $450 to your credit card."


def test_replicas_on_one_database_share_their_cases(postgres_url: str, start_proxy: StartProxy) -> None:
    replicas = [start_proxy(database_url=postgres_url) for _ in range(2)]
    refs = []
    for replica in replicas:
        replica.provider.answers(f"You must apply before you travel. {ACTION}")
        response = replica.ask("Where is my money?", headers={"x-cxai-conversation-id": "c1"})
        assert response.headers["x-cxai-verified"] == "yes"
        refs.append(response.json()["cxai"]["escalation"]["ref"])
    assert refs[0] == refs[1]
    with replicas[0].ledger() as ledger:
        assert [case.ref for case in ledger.escalations()] == [refs[0]]
        assert len(ledger.answers()) == 2
