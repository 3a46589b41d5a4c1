"""Checkpoint: a folder with a model, as training writes it; to look for it takes no torch."""

from pathlib import Path

from turnwright.errors import BadInput


def checkpoint(folder: Path) -> Path:
    """The folder, if a model is in it.

    Raises:
        BadInput: if there is none.
    """
    if not (folder / "config.json").is_file():
        raise BadInput(f"there is no model in {folder}: it should hold a config.json, as `turnwright train` writes it")
    return folder
