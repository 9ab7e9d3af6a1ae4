"""A program that does not stay alive is an alarm like any other, in every tenant, once; it ends when the program runs again."""

import json
import time
from pathlib import Path

from hypervisor.launcher.sentinel import FILE
from hypervisor.launcher.watch import Watch
from hypervisor.store.engine import Engine
from tests import ingest_world as world
from tests.ingest_world import NOON, rows


def said(folder: Path, **failing_s: float) -> None:
    """programs.json, as the sentinel writes it: program → seconds for which it has been failing, 0 for one that runs."""
    file = folder / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        json.dumps(
            {
                name: {"state": "FATAL", "since": 0, "starts": 9, "failing_since": time.time() - seconds}
                if seconds
                else {"state": "RUNNING", "since": 0, "starts": 1}
                for name, seconds in failing_s.items()
            }
        )
    )


def alarms(urls) -> list[tuple]:
    return rows(urls, "SELECT tenant, cause, title, priority, active, acknowledged, source FROM alarm ORDER BY tenant, id")


def test_a_program_given_up_is_one_alarm_until_it_runs_again(own_database_urls, tmp_path):
    world.settle(own_database_urls)
    rows(own_database_urls, "INSERT INTO tenant (id, key, label) VALUES (2, 'autre', 'Autre') RETURNING id")
    rows(own_database_urls, "INSERT INTO commune (tenant, id, name) VALUES (2, 0, 'Ailleurs') RETURNING id")
    engine = Engine(own_database_urls.worker, "test")
    Watch(tmp_path).look(engine, NOON)
    assert alarms(own_database_urls) == []

    said(tmp_path, ingest=60, web=2, worker=0)  # The web process is being restarted; it may well come back.
    for _again in range(3):
        Watch(tmp_path).look(engine, NOON)  # A new one each time, as after a restart of the jobs.
    raised = alarms(own_database_urls)
    assert [row[1:] for row in raised] == [("program:ingest", "Programme arrêté\u00a0: Porte d’entrée", 2, True, False, "platform")] * 2
    assert [row[0] for row in raised] == [1, 2]
    assert len(rows(own_database_urls, "SELECT seq FROM logbook WHERE tenant = 1 AND text LIKE %s", "%Programme arrêté%")) == 1

    said(tmp_path, ingest=0, web=0, worker=0)
    watch = Watch(tmp_path)
    watch.look(engine, NOON)
    assert [(active, acknowledged) for _t, _c, _ti, _p, active, acknowledged, _s in alarms(own_database_urls)] == [(False, False)] * 2
    said(tmp_path, ingest=60)
    watch.look(engine, NOON)
    assert {row[4] for row in alarms(own_database_urls)} == {True}
    engine.close()


def test_the_worker_says_it_of_the_jobs_and_of_nothing_else(own_database_urls, tmp_path):
    world.settle(own_database_urls)
    engine = Engine(own_database_urls.worker, "test")
    said(tmp_path, ingest=60, jobs=60)
    Watch(tmp_path, only={"jobs"}).look(engine, NOON)
    assert [row[1] for row in alarms(own_database_urls)] == ["program:jobs"]
    Watch(tmp_path).look(engine, NOON)
    assert [row[1] for row in alarms(own_database_urls)] == ["program:jobs", "program:ingest"]
    said(tmp_path, ingest=60, jobs=0)
    Watch(tmp_path, only={"jobs"}).look(engine, NOON)
    assert [row[4] for row in alarms(own_database_urls)] == [False, True]
    engine.close()
