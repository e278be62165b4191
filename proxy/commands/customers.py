"""What customers were promised, and how one is erased: ``cxai promises`` and ``cxai customers erase``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    ConfigOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    SinceOption,
    TenantOption,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.records import PromiseRecord

customers = typer.Typer(no_args_is_help=True, help="What is kept of customers.")

# What stays out of reach here; docs/customers.md says what to do about it.
OUT_OF_REACH = (
    "Not reached from here: backups, traces, logs, the provider, "
    "and answers to requests that named no customer."
)


def promises(
    due: Annotated[
        bool,
        typer.Option("--due", help="Only those that are due, and nobody has told whether they were kept."),
    ] = False,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Only this customer's.")
    ] = None,
    since: SinceOption = None,
    tenant: TenantOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List what answers promised customers, newest first.

    A promise is kept or broken where a contact says so (POST /v1/contacts); until then it is open, and unknown once it
    is due. For example: cxai promises --due
    """
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = ledger.customers.promises(
            customer_id=customer,
            tenant=tenant,
            state="unknown" if due else None,
            since=moment(since),
            limit=limit,
        )
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = ("reference", "when (UTC)", "customer", "state", "due (UTC)", "what", "amount", "said")
    print_table(columns, [_promise_row(one) for one in found], empty="No such promises.")


def _promise_row(one: PromiseRecord) -> tuple[Any, ...]:
    amount = " ".join(str(one.what[key]) for key in ("amount", "currency") if one.what.get(key))
    return (
        one.id,
        one.created_at,
        one.customer_id,
        one.state,
        one.due_at,
        one.what.get("action"),
        amount,
        one.text,
    )


@customers.command("erase")
def erase(
    customer: Annotated[str, typer.Argument(metavar="ID", help="The customer's id, as requests name it.")],
    tenant: Annotated[str, typer.Option(help="Whose customer it is.")] = "default",
    yes: Annotated[
        bool, typer.Option("--yes", help="Really do it: what is erased does not come back.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Erase all that the ledger keeps of one customer.

    Cases (open ones too), contacts, promises and turns go; of answers a blank row stays, for what reports count.
    Without --yes it says what would go. For example: cxai customers erase c-4711 --yes
    """
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        kept = ledger.customers.kept(tenant, customer)
        if yes:
            ledger.customers.erase(tenant, customer)
    if as_json:
        print_json_lines([{"tenant": tenant, "customer": customer, "erased": yes, **kept}])
        return
    if not any(kept.values()):
        typer.echo(f'Nothing is kept of customer "{customer}" of tenant "{tenant}".')
        return
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in kept.items())
    typer.echo(f"{'Erased' if yes else 'Would be erased'}: {told}.")
    typer.echo(OUT_OF_REACH if yes else "Nothing was changed; add --yes to erase it.")
