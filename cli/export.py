"""`turnwright export`: dialogues as files that others train on."""

from pathlib import Path

from cli.console import out, print_json, say
from tasks.exports.exporting import export
from tasks.exports.folder import CARD
from tasks.exports.selection import REASONS
from warehouse.store import Warehouse


def export_dialogues(format: str, to: Path, where: str | None, folder: Path, json: bool) -> None:
    """Write an export.

    Raises:
        BadInput: if there is no warehouse, or what is asked for cannot be.
        WarehouseError: if it cannot be written.
    """
    written = export(Warehouse.open(folder, create=False), format, to, where)
    for part in written.quarantined:
        say(f"turnwright: {part}")
    tally = written.tally
    left_out = {reason: tally.left_out[reason] for reason in REASONS}
    if json:
        print_json(
            {
                "format": format,
                "rows": sum(written.rows.values()),
                "files": [str(to / name) for name in written.files],
                "card": str(to / CARD),
                "rows_by_file": written.rows,
                "dialogues": tally.dialogues,
                "scenarios": tally.scenarios,
                "train": tally.held_back(False),
                "validation": tally.held_back(True),
                "left_out": left_out,
                "neutralised": written.neutralised,
            }
        )
        return
    for name, rows in written.rows.items():
        out.print(f"{to / name}: {rows:,} rows", markup=False, soft_wrap=True)
    others = "; ".join(f"{left_out[reason]:,} {why}" for reason, why in REASONS.items() if left_out[reason])
    out.print(
        f"{tally.dialogues:,} dialogues of {tally.scenarios:,} scenarios" + (f"; left out: {others}" if others else "")
    )
    out.print(f"Card: {to / CARD}", markup=False, soft_wrap=True)
