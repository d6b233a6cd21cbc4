"""What ends a check of the Composer image."""


class ComposerError(Exception):
    """The image's description is not sound, or nothing could be resolved."""


class UnsatisfiableError(ComposerError):
    """There is no set of versions that everything asks for; the message is the resolver's."""
