"""Nobody reaches a study without the key of the run, from another site, or beside a rater."""

import asyncio
import http.client
import re
import socket
from urllib.parse import quote

import aiohttp
import msgpack
import pytest
from wslink.chunking import generate_chunks

from .apart import run_apart

TRAMES_OWN_SECRET = "wslink-secret"
REFUSED = 403


@pytest.fixture(scope="module")
def program(start, shared_study):
    return start(shared_study, "--rater", "Eva Nová", "--case", "SIM-0001")


def get(program, path, **headers):
    """Ask for a path as it is written, without a client that tidies it; return code and body."""
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode("utf-8", errors="replace")
    connection.close()
    return answer, body


async def say(program, secret, *calls, path=None, **headers):
    """Connect as the page does; return the answers to a greeting and to some calls."""
    address = f"http://127.0.0.1:{program.port}{path or f'/{program.key}/ws'}"
    answers = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address, headers=headers) as connection,
    ):
        greeting = {
            "wslink": "1.0",
            "id": "system:c0:0",
            "method": "wslink.hello",
            "args": [{"secret": secret}],
            "kwargs": {},
        }
        for message in (greeting, *calls):
            (frame,) = generate_chunks(msgpack.packb(message), 0)
            await connection.send_bytes(frame)
            answers.append(await asyncio.wait_for(connection.receive(), 20))
    return answers


def test_the_address_is_on_this_computer_alone_and_its_key_is_long(program):
    assert program.address.startswith("http://127.0.0.1:")
    assert len(program.key) == 48
    others = {
        info[4][0]
        for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        if not info[4][0].startswith("127.")
    }
    for address in others:
        with socket.socket() as caller:
            caller.settimeout(5)
            assert caller.connect_ex((address, program.port)) != 0


def test_every_run_has_another_key(program, start, study):
    assert start(study).key != program.key


def test_the_environment_cannot_choose_a_server_that_refuses_nobody(start, study):
    other = start(study, environment={"TRAME_BACKEND": "generic"})
    assert get(other, "/")[0].status == REFUSED


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/ws", "/0123/", f"/{'0' * 48}/", "/favicon.ico"]
)
def test_without_the_key_there_is_nothing(program, path):
    answer, body = get(program, path)
    assert answer.status == REFUSED
    assert "no valid key" in body
    assert program.key not in body


def test_with_the_key_there_is_the_page_and_it_keeps_to_itself(program):
    answer, body = get(program, f"/{program.key}/")
    assert answer.status == 200
    assert "Radiogenomics" in body
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert answer.getheader("X-Frame-Options") == "DENY"
    assert "default-src 'none'" in answer.getheader("Content-Security-Policy")
    assert answer.getheader("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", ""])
def test_another_host_is_refused(program, host):
    named = host.format(port=program.port)
    answer, body = get(program, f"/{program.key}/", Host=named)
    assert answer.status == REFUSED
    assert program.key not in body


def test_this_computer_may_be_called_localhost(program):
    host = f"localhost:{program.port}"
    answer, _ = get(program, f"/{program.key}/", Host=host, Origin=f"http://{host}")
    assert answer.status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_origin_is_refused(program, origin):
    for path in ("", "seat", "page.js", "ws"):
        answer, _ = get(program, f"/{program.key}/{path}", Origin=origin)
        assert answer.status == REFUSED


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_socket_of_another_origin_is_refused(program, origin):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        run_apart(say(program, program.key, Origin=origin))
    assert refusal.value.status == REFUSED


@pytest.mark.parametrize("path", ["/ws", f"/{'0' * 48}/ws"])
def test_a_socket_without_the_key_in_its_path_is_refused(program, path):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        run_apart(say(program, program.key, path=path))
    assert refusal.value.status == REFUSED


@pytest.mark.parametrize("secret", [TRAMES_OWN_SECRET, "", "0" * 48, None])
def test_a_socket_with_another_secret_gets_nothing(program, secret):
    call = {
        "wslink": "1.0",
        "id": "rpc:c0:1",
        "method": "trame.state.get",
        "args": [],
        "kwargs": {},
    }
    for answer in run_apart(say(program, secret, call)):
        text = answer.data.decode("utf-8", errors="replace")
        assert "SIM-0001" not in text
        assert re.search("Authentication failed|Unauthorized", text)


def test_a_socket_with_the_key_is_answered(program):
    (answer,) = run_apart(say(program, program.key))
    assert b"clientID" in answer.data


@pytest.mark.parametrize("climb", ["../", "..%2f", "%2e%2e/", "....//", "..\\", "%2e%2e%2f"])
def test_no_file_is_reached_by_climbing_out(program, shared_study, climb):
    files = [shared_study / "study.toml", "/etc/passwd"]
    for folder in ("", "__trame_rca_2.11.8/", "nothing/"):
        for file in files:
            path = f"/{program.key}/{folder}{climb * 12}{quote(str(file).lstrip('/'))}"
            answer, body = get(program, path)
            assert answer.status in (REFUSED, 404)
            assert "root:" not in body
            assert "[raters]" not in body


@pytest.mark.parametrize("path", ["study.toml", "cases/SIM-0001/images/t1c.nii.gz", "features.csv"])
def test_no_file_of_the_study_is_served(program, path):
    assert get(program, f"/{program.key}/{path}")[0].status == 404
    assert get(program, f"/{program.key}//{program.study / path}")[0].status == 404


def test_a_second_browser_is_told_who_works_and_may_take_over(program, visit):
    first = visit(program.address).wait_until_ready()
    second = visit(program.address)
    second.raw.wait_for_selector(".notice button")
    assert "Eva Nová is at work here" in second.raw.locator(".notice").inner_text()
    assert first.cell("enhancing", "volume") == "0"

    second.raw.click(".notice button")
    second.wait_until_ready()
    assert second.cell("enhancing", "volume") == "0"
    first.raw.wait_for_selector(".notice h1:has-text('The connection has ended')")
    first.press("connect")
    first.raw.wait_for_selector(".notice h1:has-text('Open in another browser')")


def test_a_page_that_is_loaded_anew_keeps_its_place(program, visit):
    page = visit(program.address).wait_until_ready()
    page.raw.reload()
    page.wait_until_ready()
    assert page.raw.locator(".notice").count() == 0


def test_the_page_asks_nobody_but_this_server(program, visit):
    page = visit(program.address).wait_until_ready()
    page.settle(1000)
    asked = [one for one in page.requests if not one.startswith(program.address)]
    assert [one for one in asked if not one.startswith("blob:")] == []
    fonts = page.raw.evaluate("[...document.fonts].filter(one => one.status === 'loading').length")
    assert fonts == 0
    assert page.problems == []
