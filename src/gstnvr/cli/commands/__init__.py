"""One module per command.

A module ``name.py`` is the command ``gstnvr name``. It holds a function ``name``, or a ``typer.Typer``
called ``app`` if the command has commands of its own. Nothing else has to be told about it.
"""
