"""Steering walls: who may, what is kept for a wall that opens later, what the feed and the audit are told."""

import pytest

from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk

pytestmark = pytest.mark.keeps_redis
PATH = "/api/v1/walls/steering"


def test_the_chief_steers_a_wall_which_finds_the_order_when_it_opens(server, database_urls: DatabaseUrls) -> None:
    chief, wall = desk.signed_in(server, "chef"), desk.signed_in(server, "mur")
    answer = chief.post(PATH, json={"screen": 2, "scene": "water", "rotation_s": 0})
    assert answer.status_code == 200, answer.text
    (order,) = wall.get(PATH).json()["items"]
    assert (order["screen"], order["scene"], order["rotation_s"]) == (2, "water", 0)
    assert order["by_name"]
    (fact,) = desk.rows(database_urls, "SELECT body FROM outbox WHERE kind = 'wall'")
    assert fact.body == order
    (line,) = desk.rows(database_urls, "SELECT actor, object, detail FROM audit WHERE action = 'operator:wall:steer'")
    assert (line.actor, line.object, line.detail["scene"]) == ("chef", "mur 2", "water")
    # An order to every wall ends those of each.
    chief.post(PATH, json={"visit": True})
    assert [(order["screen"], order.get("scene")) for order in wall.get(PATH).json()["items"]] == [(0, None)]


@pytest.mark.parametrize("username", ["operateur", "mur"])
def test_nobody_else_steers(server, username: str) -> None:
    assert desk.signed_in(server, username).post(PATH, json={"scene": "water"}).status_code == 403


@pytest.mark.parametrize(
    "order", [{"scene": "Éclairage !"}, {"view": {"lon": 500, "lat": 0, "zoom": 3}}, {"theme": "rose"}, {"pinned": [1, 2, 3]}, {"unknown": 1}]
)
def test_an_order_that_no_wall_could_follow_is_refused(server, order: dict[str, object]) -> None:
    assert desk.signed_in(server, "chef").post(PATH, json=order).status_code in {400, 422}
