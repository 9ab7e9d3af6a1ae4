"""One installation for each file of the rules' tests, its API, and who writes, rereads and suspends rules."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.integration import desk


@pytest.fixture(scope="module")
def chief(server: FastAPI) -> TestClient:
    """Proposes, and suspends at once."""
    return desk.signed_in(server, "chef")


@pytest.fixture(scope="module")
def manager(server: FastAPI) -> TestClient:
    """Writes the rules of the trade."""
    return desk.signed_in(server, "metier")


@pytest.fixture(scope="module")
def second(server: FastAPI) -> TestClient:
    """Whoever rereads."""
    return desk.signed_in(server, "admin")
