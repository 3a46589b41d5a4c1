"""Prelude: the helpers that every checker can call.

Its files run inside the sandbox, one after another as one text: they keep to the sandbox's Python and import nothing
of ours.
"""
