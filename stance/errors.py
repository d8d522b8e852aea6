"""The errors that stance raises on purpose. Nothing here prints or exits."""

from __future__ import annotations


class StanceError(Exception):
    """Base of every error that a user of stance can cause and mend.

    The message says what was got, what is needed and, for files, where (``file:line``).
    Bugs are not wrapped in it: they keep their own type and traceback.
    """


class DataError(StanceError):
    """A file, table or row cannot be used as it is."""


class ModelError(StanceError):
    """A model folder or name cannot be loaded, or its labels are not understood."""


class OptionalDependencyError(StanceError):
    """A feature needs a package that is not installed; the message names the extra to install."""
