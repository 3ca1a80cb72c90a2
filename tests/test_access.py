"""Who may ask: origins and hosts, as the headers of a request tell them."""

from __future__ import annotations

import pytest

from image_machines.service.access import cors_headers, is_foreign, is_known_host

OWN = {"Host": "127.0.0.1:6006"}


@pytest.mark.parametrize(
    ("headers", "allowed", "foreign"),
    [
        ({}, "", False),  # no browser
        ({"Sec-Fetch-Site": "none"}, "", False),  # typed into the address bar
        ({"Sec-Fetch-Site": "same-origin"}, "", False),
        ({"Origin": "http://127.0.0.1:6006"}, "", False),
        ({"origin": "http://localhost:6006", "host": "127.0.0.1:6006"}, "", False),
        ({"Origin": "http://[::1]:6006"}, "", False),
        ({"Origin": "http://127.0.0.1:6007"}, "", True),
        ({"Origin": "http://localhost"}, "", True),
        ({"Origin": "http://127.0.0.1.evil.example:6006"}, "", True),
        ({"Origin": "http://127.0.0.1:6006@evil.example"}, "", True),
        ({"Origin": "http://evil.example"}, "http://good.example", True),
        ({"Origin": "http://good.example"}, "http://good.example", False),
        ({"Origin": "http://evil.example"}, "*", False),
        ({"Origin": "null"}, "", True),
        ({"Origin": "null"}, "null", False),
        ({"Origin": "http://[bad"}, "", True),
        ({"Origin": ["http://127.0.0.1:6006", "http://evil.example"]}, "", True),
        ({"Sec-Fetch-Site": "cross-site"}, "", True),  # an <img> of another page
        ({"Sec-Fetch-Site": "same-site"}, "", True),  # another port of this machine
        ({"Sec-Fetch-Site": "cross-site"}, "*", False),
    ],
)
def test_foreign_requests(headers: dict[str, str], allowed: str, foreign: bool) -> None:
    assert is_foreign({**OWN, **headers}, allowed) is foreign


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:6006", True),
        ("localhost", True),
        ("LOCALHOST:80", True),
        ("[::1]:6006", True),
        ("machine.example:6006", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1@evil.example", False),
        ("", False),
        ("[bad", False),
    ],
)
def test_hosts(host: str, known: bool) -> None:
    assert is_known_host({"Host": host}, "machine.example") is known


def test_the_header_for_other_origins() -> None:
    own = {**OWN, "Origin": "http://127.0.0.1:6006"}
    assert cors_headers(OWN) == {}
    assert cors_headers(own) == {"Access-Control-Allow-Origin": "http://127.0.0.1:6006", "Vary": "Origin"}
    assert cors_headers({**OWN, "Origin": "http://evil.example"}) == {}
    assert cors_headers({**OWN, "Origin": "null"}, "null")["Access-Control-Allow-Origin"] == "null"
    assert cors_headers({**OWN, "Origin": "http://x.example"}, "*")["Access-Control-Allow-Origin"] == "*"
