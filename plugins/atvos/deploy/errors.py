"""What can be wrong with a deploy."""


class DeployError(RuntimeError):
    """A deploy failed while it ran."""


class RefusedError(DeployError):
    """A deploy is refused: nothing was written."""
