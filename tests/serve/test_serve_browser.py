"""``dmtui serve`` as a person meets it: Chromium shows the page, keys go through it, closing the tab ends the emulator.

Needs Debian's chromium and chromium-driver.  Where DMTUI_TEST_BROWSER is set (.ci/run sets it) their absence is a
failure, elsewhere these tests are skipped then.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

from tests.serve.served import Served

LIMIT_S = 180.0
"""A browser that draws without a graphics card needs more of a crowded machine than anything else here."""
pytestmark = pytest.mark.timeout(900)
REQUIRED = "DMTUI_TEST_BROWSER"
FAULT_COLOUR = [0xFF, 0x6B, 0x6B]
"""What the dark theme draws a failed path with."""
LISTEN = """
window.said = "";
const decoder = new TextDecoder();
const Plain = window.WebSocket;
window.WebSocket = function (...words) {
  const socket = new Plain(...words);
  socket.addEventListener("message", async (message) => {
    if (message.data instanceof Blob) window.said += decoder.decode(await message.data.arrayBuffer());
    else if (message.data instanceof ArrayBuffer) window.said += decoder.decode(message.data);
  });
  return socket;
};
"""
"""Run before the page's own scripts: keeps what the terminal is given to draw."""
LISTENS = "return document.activeElement.classList.contains('xterm-helper-textarea')"
SAID = "return window.said || ''"
"""The same, on a page that may have no terminal."""
FITS = """
const page = document.documentElement;
return page.scrollWidth <= innerWidth && page.scrollHeight <= innerHeight;
"""
COUNT = """
const [png, colour, done] = arguments;
const image = new Image();
image.onload = () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const data = context.getImageData(0, 0, image.width, image.height).data;
  let near = 0;
  for (let at = 0; at < data.length; at += 4)
    if (colour.every((part, i) => Math.abs(part - data[at + i]) < 8)) near += 1;
  done(near);
};
image.src = "data:image/png;base64," + png;
"""


@pytest.fixture
def browser() -> Iterator[Chrome]:
    """Chromium without a window and without any other host than this machine."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        words = "found no chromium with chromedriver (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get(REQUIRED):
            pytest.fail(f"{words}, and {REQUIRED} is set")
        pytest.skip(words)
    options = ChromeOptions()
    options.binary_location = program
    for switch in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1500,900",
                   "--enable-unsafe-swiftshader", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=ChromeService(driver))
    try:
        chrome.set_script_timeout(LIMIT_S)
        chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
        yield chrome
    finally:
        chrome.quit()


def until(browser: Chrome, words: str) -> None:
    """Wait until the terminal was given *words*."""
    WebDriverWait(browser, LIMIT_S, 0.1).until(lambda b: words in b.execute_script("return window.said"), words)


def drawn(browser: Chrome, colour: list[int]) -> int:
    """How many pixels of the picture have nearly this colour."""
    count: int = browser.execute_async_script(COUNT, browser.get_screenshot_as_base64(), colour)
    return count


def press(browser: Chrome, keys: str) -> None:
    """Keys, without a click before, once the terminal would take them."""
    WebDriverWait(browser, LIMIT_S, 0.1).until(lambda b: b.execute_script(LISTENS), "the terminal hears no keys")
    ActionChains(browser).send_keys(keys).perform()


def test_a_page_loaded_anew_takes_the_place_that_its_visit_leaves(browser: Chrome) -> None:
    with Served("steady-load", "--visitors", "1") as served:
        browser.get(served.start())
        until(browser, "bios failed")
        first = served.wait_for(1)
        browser.refresh()
        WebDriverWait(browser, LIMIT_S, 0.1).until(lambda b: "bios failed" in b.execute_script(SAID))
        assert served.wait_for(1) != first


def test_a_small_window_has_room_for_the_dashboard(browser: Chrome) -> None:
    browser.set_window_size(700, 500)
    with Served("steady-load") as served:
        browser.get(served.start())
        until(browser, "bios failed")
        assert browser.execute_script(FITS)
        assert "too small" not in browser.execute_script("return window.said")


def test_dashboard_in_a_browser(browser: Chrome) -> None:
    with Served("steady-load", "--visitors", "2") as served:
        address = served.start()
        browser.get(address)
        until(browser, "bios failed")
        quiet = drawn(browser, FAULT_COLOUR)
        press(browser, "e")
        until(browser, "▼ failed")
        WebDriverWait(browser, LIMIT_S, 0.1).until(lambda b: drawn(b, FAULT_COLOUR) > quiet + 100, "no fault is drawn")
        first = {process.pid for process in served.wait_for(1)}

        browser.switch_to.new_window("tab")
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
        browser.get(address)
        until(browser, "bios failed")
        assert {process.pid for process in served.wait_for(2)} > first
        assert "▼ failed" not in browser.execute_script("return window.said"), "the other visitor's fault is seen"

        browser.switch_to.new_window("tab")
        browser.get(address)
        assert "All 2 places are taken" in browser.page_source
        browser.close()  # it tries again and again, and would take the first place that is free

        loaded = "return performance.getEntriesByType('resource').map(entry => entry.name)"
        browser.switch_to.window(browser.window_handles[0])
        assert all(name.startswith((address, "data:")) for name in browser.execute_script(loaded))
        assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []

        browser.close()
        assert not {process.pid for process in served.wait_for(1)} & first
        browser.switch_to.window(browser.window_handles[0])
        press(browser, "q")
        served.wait_for(0)
        WebDriverWait(browser, LIMIT_S, 0.1).until(
            lambda b: "This visit has ended" in b.find_element("css selector", ".ended").text, "nothing says the end"
        )
        status, words = served.end()
        assert (status, words) == (0, "")
