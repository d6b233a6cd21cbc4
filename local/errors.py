"""The one error that the embedded stack raises on purpose."""


class StackError(Exception):
    """The stack cannot do what was asked; the message says what to do about it."""
