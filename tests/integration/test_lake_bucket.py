"""The lake in a bucket: written whole, swept, and waiting for a server that is away. That questions are answered from it, test_lake_history.py tells."""

from datetime import timedelta

import pytest

from hypervisor.errors import Unavailable
from hypervisor.lake.places import Place
from hypervisor.lake.questions import Question, Reach
from hypervisor.lake.server import FAILED, answer, connect
from hypervisor.store.observations import Whose
from tests.bucket import bucket
from tests.integration import history_world as world
from tests.integration.history_world import FIRST, TENANT, at

DAY = timedelta(days=1)


def test_a_day_closed_again_leaves_its_newest_files_alone_in_the_bucket(own_database_urls):
    world.fill(own_database_urls, count=1)
    with bucket() as served:
        served.open()
        closer = world.closer(own_database_urls, served.url, world.clock_at(FIRST + DAY))
        first = closer.close(TENANT, FIRST)
        world.add(own_database_urls, [(3, 1, at(FIRST, 13.25), 7.0)])
        filed = closer.close(TENANT, FIRST)
        assert filed.file != first.file
        assert served.files() == sorted([filed.file, filed.hours_file])


def test_a_day_stays_in_postgresql_while_the_bucket_is_away_and_is_closed_once_it_answers(own_database_urls):
    world.fill(own_database_urls, count=1)
    with bucket() as served:
        closer = world.closer(own_database_urls, served.url, world.clock_at(FIRST + DAY))
        with pytest.raises(Unavailable, match="stays in PostgreSQL alone"):
            closer.close(TENANT, FIRST)
        with world.reading(own_database_urls, served.url) as history:
            assert history.count(TENANT, Whose(property_ids=[1]), at(FIRST), at(FIRST + DAY)) == 144
        served.open()
        assert closer.close(TENANT, FIRST).rows == 144


def test_a_question_to_a_bucket_that_is_away_fails_and_the_process_lives():
    with bucket() as served:
        question = Question(
            kind="count",
            files=[Place(served.url).full(f"tenant=1/day={FIRST}/observations-0.parquet")],
            reach=Reach(tenant=1, property_ids=[1]),
            since_ms=0,
            until_ms=1,
        )
        kind, sentence, file = answer(connect(served.url, 128, 1), question, 1 << 20)
    assert (kind, file) == (FAILED, None) and sentence
