"""The dashboard over a websocket: who gets one, who does not, and that no way of leaving leaves a process behind."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from textual_serve.download_manager import DownloadManager

from dmtui import cli
from dmtui.serve import visitor
from dmtui.serve.server import on_loopback, refused
from dmtui.serve.visitor import HEIGHTS, WIDTHS, Visitor, within
from tests.serve.served import LIMIT_S, Served

pytestmark = pytest.mark.timeout(900)


async def until(socket: Any, words: str) -> str:
    """Read what the page would show until *words* come."""
    seen = ""
    async with asyncio.timeout(LIMIT_S):
        async for message in socket:
            seen += message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else ""
            if words in seen:
                return seen
    raise AssertionError(f"{words!r} did not come; last: {seen[-800:]!r}")


async def closed(socket: Any) -> None:
    """Read until the server closes."""
    async with asyncio.timeout(LIMIT_S):
        async for _ in socket:
            pass


async def test_each_visitor_has_an_emulator_within_the_limit_and_leaving_ends_it() -> None:
    with Served("steady-load", "--visitors", "2") as served:
        page = served.start()
        async with aiohttp.ClientSession() as client:
            first = await client.ws_connect(f"{page}ws?width=120&height=40")
            second = await client.ws_connect(f"{page}ws?width=80&height=24")
            await until(first, "bios failed")
            await until(second, "bios failed")
            assert len(await asyncio.to_thread(served.wait_for, 2)) == 2
            # A page that does not answer the server's question whether it is there loses its place: this one goes on.
            reading = asyncio.create_task(closed(second))
            async with client.get(page) as full:
                assert full.status == 200 and "All 2 places are taken" in await full.text()
            third = await client.ws_connect(f"{page}ws")
            assert "All 2 places are taken" in await until(third, "taken")
            await closed(third)
            await first.send_json(["stdin", "e"])
            await until(first, "▼ failed")
            # One goes by the key, the other's connection ends without a word.
            await first.send_json(["stdin", "q"])
            await closed(first)
            assert len(await asyncio.to_thread(served.wait_for, 1)) == 1
            assert not reading.done() and reading.cancel()
            await asyncio.wait([reading])
            assert second._response.connection is not None
            second._response.connection.transport.abort()
            await asyncio.to_thread(served.wait_for, 0)
            await free_again(client, page)
        status, words = served.end()
        assert (status, words) == (0, "")


async def free_again(client: aiohttp.ClientSession, page: str) -> None:
    """Wait until the page lets a visitor in."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            async with client.get(page) as answer:
                if "taken" not in await answer.text():
                    return


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_the_servers_end_ends_everything(number: signal.Signals) -> None:
    with Served("steady-load") as served:
        page = served.start()
        async with aiohttp.ClientSession() as client:
            visit = await client.ws_connect(f"{page}ws?width=80&height=24")
            await until(visit, "bios failed")
            status, words = served.end(number)
            await asyncio.to_thread(served.wait_for, 0)
            assert status == (-number if number == signal.SIGKILL else 0)
            assert "Traceback" not in words
            await closed(visit)


@pytest.mark.parametrize("message", ["[]", '["resize", 7]', "no json"])
async def test_what_is_no_message_ends_that_visit_only(message: str) -> None:
    with Served("steady-load", "--visitors", "1") as served:
        page = served.start()
        async with aiohttp.ClientSession() as client:
            visit = await client.ws_connect(f"{page}ws")
            await visit.send_str(message)
            await closed(visit)
            await asyncio.to_thread(served.wait_for, 0)
            await free_again(client, page)
        status, words = served.end()
        assert status == 0 and words.count("\n") == 1 and "no message" in words


class Plain(Visitor):
    """A visitor whose dashboard is another program, which never says that it is one."""

    code = ""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", self.code, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        self._stdin = self._process.stdin
        return self._process


async def visit(code: str) -> Plain:
    """A visit that has begun, of a page that hears nothing."""

    async def nothing(*_: object) -> None:
        return

    found = Plain("", write_bytes=nothing, write_str=nothing, close=nothing, download_manager=DownloadManager())
    found.code = code
    await found.start(80, 24)
    return found


async def test_who_leaves_before_the_dashboard_is_up_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(visitor, "QUIT_WAIT_S", 0.0)
    early = await visit("import signal; signal.pause()")
    await early.stop()
    assert caplog.text == ""


async def test_a_dashboard_that_does_not_come_up_is_told(caplog: pytest.LogCaptureFixture) -> None:
    broken = await visit("")
    assert broken._task is not None
    await asyncio.wait([broken._task])
    assert "failed to start" in caplog.text
    await broken.stop()


async def test_pages_of_other_sites_are_refused() -> None:
    with Served("steady-load") as served:
        page = served.start()
        async with aiohttp.ClientSession() as client:
            for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
                async with client.get(page, headers=headers) as answer:
                    assert answer.status == 403
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await client.ws_connect(f"{page}ws", headers=headers)
            async with client.get(f"{page}static/js/textual.js") as script:
                assert script.status == 200
            async with client.get(page) as answer:
                assert "://" not in (await answer.text()).replace('"ws://', "")
        assert served.processes() == []


@pytest.mark.parametrize("host, origin, bound, fine", [
    ("127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1", True),
    ("localhost:8000", None, "127.0.0.1", True),
    ("[::1]:8000", "http://[::1]:8000", "::1", True),
    ("wall.lan:8000", "http://wall.lan:8000", "127.0.0.1", False),
    ("wall.lan:8000", "http://wall.lan:8000", "0.0.0.0", True),
    ("wall.lan:8000", "http://other.lan:8000", "0.0.0.0", False),
    ("127.0.0.1:8000", "null", "127.0.0.1", False),
    ("", None, "127.0.0.1", False),
])
def test_whose_page_it_is(host: str, origin: str | None, bound: str, fine: bool) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    assert (refused(headers, bound) == "") is fine


def test_loopback_and_sizes() -> None:
    assert [on_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "wall.lan")] == [
        True, True, True, True, False, False,
    ]
    assert [within(cells, WIDTHS) for cells in (0, 80, 10**9, "80", None)] == [20, 80, 400, 20, 20]
    assert within(24, HEIGHTS) == 24


def test_a_broken_scenario_serves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: broken\nabuot: x\n")
    assert cli._play(["serve", str(broken), "--port", "0"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "broken.yaml:2:1" in err


def test_an_address_that_is_taken_or_not_ours_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Served("steady-load") as served:
        port = served.start().rstrip("/").rpartition(":")[2]
        assert cli._play(["serve", "--port", port]) == 2
    assert cli._play(["serve", "--port", "0", "--host", "203.0.113.7"]) == 2
    err = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[2].split()[:2] for line in err] == [
        ["cannot", "listen"], ["warning:", "203.0.113.7"], ["cannot", "listen"],
    ]
