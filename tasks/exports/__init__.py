"""Exports: dialogues as others train on them. A format is one file here and one line in FORMATS."""

from tasks.exports import areal, openai, sharegpt, trl
from tasks.exports.format import Format

FORMATS: dict[str, Format] = {
    "trl": trl.FORMAT,
    "openai": openai.FORMAT,
    "sharegpt": sharegpt.FORMAT,
    "areal": areal.FORMAT,
}
