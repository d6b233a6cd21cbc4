"""One pair of emulators behind proxies for all cases of this folder."""

from collections.abc import Iterator

import pytest

from local.errors import StackError
from local.faults.ground import Ground


# Not of the session: its environment must be gone when other folders are tested.
@pytest.fixture(scope="module")
def ground(_no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The place where cases happen."""
    try:
        with Ground(tmp_path_factory.mktemp("faults")).ready() as ready, ready.warmed():
            yield ready
    except StackError as error:
        pytest.fail(str(error), pytrace=False)
