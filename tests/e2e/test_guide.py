"""The queries of the analyst's guide run, and answer."""

import pytest

from local.client import Client
from tests.e2e.conftest import Landed
from tests.guide.reading import Question, questions

MAY_BE_EMPTY = {"fct_vehicle_day"}
"""Tables of whose faults a small sample may have none in a week."""


@pytest.mark.parametrize("question", questions("pt-BR"), ids=lambda q: q.title)
def test_a_query_of_the_guide_answers(client: Client, landed: Landed, question: Question) -> None:
    rows = client.rows(question.sql)
    assert rows or set(question.tables) <= MAY_BE_EMPTY
