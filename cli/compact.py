"""`turnwright compact`: many small files of the warehouse become few large ones."""

from pathlib import Path

from cli.console import out, print_json, say
from warehouse import compaction
from warehouse.store import Warehouse


def compact(folder: Path, json: bool) -> None:
    """Compact it, and remove what was replaced a day ago or earlier.

    Raises:
        BadInput: if there is no warehouse, or another process compacts it.
        WarehouseError: if the disk is full or refuses; what is read stays as it was.
    """
    made = compaction.compact(Warehouse.open(folder, create=False))
    for name in made.left_out:
        say(
            f"turnwright: {name} is left as it is, for one of its parts cannot be trusted: `turnwright doctor` says why"
        )
    if json:
        print_json(made.model_dump(mode="json"))
        return
    out.print(
        f"{made.commits:,} commits became one: {made.parts_before:,} parts of {made.bytes_before:,} bytes are"
        f" {made.parts_after:,} parts of {made.bytes_after:,} bytes, with {made.rows:,} rows"
        if made.commits
        else "there is nothing to merge"
    )
    out.print(
        f"{made.removed_parts:,} parts and {made.removed_commits:,} commits were removed, replaced a day ago or more"
    )
