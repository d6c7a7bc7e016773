"""
The page of a report does in a browser what its reader expects.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from reporting import PROGRAM, document
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from bgsched_conformance.page import page
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver.remote.webelement import WebElement

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
BOUND = 20  # seconds; only something that would never happen takes as long
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)
OUTCOMES = {
    "START-2": Outcome.FAIL,
    "SHUT-5": Outcome.INCONCLUSIVE,
    "SHUT-21": Outcome.FAIL,
    "SHUT-18": Outcome.WAIVED,
    "SHUT-19": Outcome.NOTED,
    "RESTART-2": Outcome.UNSUPPORTED,
}

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="chromium and chromedriver are missing: apt-get install chromium chromium-driver",
)


class Reader:
    """
    Somebody who reads pages.

    Args:
        driver: The browser.
        directory: Where the pages lie.
    """

    def __init__(self, driver: webdriver.Chrome, directory: Path) -> None:
        self.driver = driver
        self._directory = directory

    def open(self, name: str = "mixed", fragment: str = "", width: int = 1280) -> None:
        """
        Load a page anew, with nothing left of what was done before.
        """
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, mobile=False)
        self.driver.get("about:blank")
        self.driver.get(f"{(self._directory / name).as_uri()}.html{fragment}")

    def command(self, name: str, **values: Any) -> None:
        """
        Tell the browser something that WebDriver has no word for.
        """
        if name.endswith("setDeviceMetricsOverride"):
            values["deviceScaleFactor"] = 1
        self.driver.execute_cdp_cmd(name, values)

    def find(self, selector: str) -> WebElement:
        """
        Return the only element that fits.
        """
        (element,) = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return element

    def run(self, script: str, *arguments: object) -> Any:
        """
        Return what a script returns.
        """
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: Callable[[], object]) -> None:
        """
        Wait for what the page does when the browser has called it.
        """
        WebDriverWait(self.driver, BOUND).until(lambda _: condition())

    def press(self, *keys: str) -> None:
        """
        Type, wherever the focus is.
        """
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def complaints(self) -> list[str]:
        """
        Return what the browser wrote to its console since the last time.
        """
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """
        Return the addresses that our pages asked for; the browser has pages of its own.
        """
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
            and message["params"]["documentURL"].startswith("file:")
        ]

    def _log(self, kind: str) -> Any:
        return self.driver.get_log(kind)  # type: ignore[no-untyped-call]

    def choose(self, name: str, value: str) -> None:
        """
        Choose a filter as with the mouse.
        """
        self.find(f'label:has(input[name="{name}"][value="{value}"])').click()

    @property
    def shown(self) -> list[str]:
        """
        Ids of the clauses that can be seen.
        """
        rows = ".clause:not([hidden]) > details > summary"
        shown: list[str] = self.run(
            f"return [...document.querySelectorAll('{rows}')].map((e) => e.id)"
        )
        return shown

    @property
    def status(self) -> str:
        """
        What is announced of them.
        """
        return self.find("#matches").text

    @property
    def fragment(self) -> str:
        """
        What a link to the present view ends in.
        """
        return self.driver.current_url.partition("#")[2]

    @property
    def focused(self) -> WebElement:
        """
        What has the focus.
        """
        return self.driver.switch_to.active_element

    def is_open(self, clause: str) -> bool:
        """
        Whether the tests of a clause can be seen.
        """
        return self.find(f"#{clause} + .body").is_displayed()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """
    Start a browser once for all tests, and write the pages.
    """
    directory = tmp_path_factory.mktemp("pages")
    for name, report in {
        "conformant": document(),
        "empty": document(chapters=[]),
        "mixed": document(OUTCOMES, chapters=["start", "errors", "shutdown", "restart"]),
        "wide": _wide(),
    }.items():
        (directory / f"{name}.html").write_text(page(report), encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    try:
        yield Reader(driver, directory)
    finally:
        driver.quit()


@pytest.fixture
def reader(browser: Reader) -> Iterator[Reader]:
    """
    A reader who meets no complaint of the browser, whatever the test does.
    """
    yield browser
    assert [] == browser.complaints()


def test_it_opens_with_what_needs_attention(reader: Reader) -> None:
    """
    At first the reasons for the verdict are shown and open, and the rest is a click away.
    """
    reader.open()
    first = reader.shown, reader.is_open("START-2"), reader.is_open("SHUT-5")
    status = reader.status
    reader.choose("show", "all")

    assert (["START-2", "SHUT-5"], True, True) == first
    assert "2 of 60 clauses" == status
    assert "60 of 60 clauses" == reader.status


def test_it_shows_everything_if_nothing_needs_attention(reader: Reader) -> None:
    """
    A conformant report shows all clauses, closed; an empty one has nothing to filter.
    """
    reader.open("conformant")
    conformant = reader.status
    reader.open("empty")

    assert "308 of 308 clauses" == conformant
    assert not reader.find("#filters").is_displayed()
    assert not reader.find("#none").is_displayed()
    assert "INCOMPLETE" in reader.find(".verdict").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("shut-21", ["SHUT-21"]),
        ("one-shot job PERSISTENT before", ["SHUT-21"]),
        ("start::test_a_pending_job_has_no_run_time", ["START-7"]),
        ("zone='europe/berlin'", ["START-2", "SHUT-5", "SHUT-18", "SHUT-19", "SHUT-21"]),
        ("no such thing anywhere", []),
        ("raise SystemExit", []),  # that stands in scripts only
    ],
)
def test_search_finds_ids_sentences_tests_and_failures(
    reader: Reader, query: str, found: list[str]
) -> None:
    """
    All words have to occur in what belongs to a clause, in any case and any order.
    """
    reader.open(fragment="#show=all")

    reader.press("/", query)

    assert found == reader.shown
    assert bool(found) is not reader.find("#none").is_displayed()


def test_filters_go_together_and_into_the_address(reader: Reader) -> None:
    """
    Outcome, level and search narrow the clauses down together; the address leads there again.
    """
    reader.open()

    reader.choose("show", "fail")
    failing = reader.shown
    reader.choose("level", "SHOULD")
    reader.press("/", "persistent")
    narrowed, fragment = reader.shown, reader.fragment
    reader.open(fragment=f"#{fragment}")

    assert ["START-2", "SHUT-21"] == failing
    assert (["SHUT-21"], "show=fail&level=SHOULD&q=persistent") == (narrowed, fragment)
    assert ["SHUT-21"] == reader.shown
    assert "persistent" == reader.find("#search").get_property("value")


def test_counts_lead_to_their_clauses(reader: Reader) -> None:
    """
    A number in the table shows the clauses that it counts, and only chapters that have some.
    """
    reader.open()

    reader.find('.counts a[href="#show=fail&level=SHOULD"]').click()
    reader.wait(lambda: reader.status == "1 of 60 clauses")

    assert ["SHUT-21"] == reader.shown
    assert ["Shutdown 1"] == reader.find("nav").text.replace("\n", " ").splitlines()


def test_nothing_found_is_no_dead_end(reader: Reader) -> None:
    """
    Where nothing is left, a button brings back everything; so does Escape what was typed.
    """
    reader.open()

    reader.press("/", "shut-21")
    unseen = reader.shown
    reader.find("#show-all").click()
    everything = reader.status
    reader.press("shut-21")  # the search box has the focus
    found = reader.shown
    reader.press(Keys.ESCAPE)

    assert ([], "60 of 60 clauses", ["SHUT-21"]) == (unseen, everything, found)
    assert "60 of 60 clauses" == reader.status


def test_the_keyboard_is_enough(reader: Reader) -> None:
    """
    Tab goes from the search over the filters to a clause, visibly; Enter opens and closes it.
    """
    reader.open(fragment="#show=fail")
    reader.press("/")
    places = [reader.focused.get_property("id")]
    outlines = []

    while reader.focused.tag_name != "summary":
        reader.press(Keys.TAB)
        places.append(reader.focused.get_property("name") or reader.focused.tag_name)
        outlines.append(
            reader.run(
                "const e = document.activeElement;"
                "return getComputedStyle(e.type === 'radio' ? e.nextSibling : e).outlineStyle"
            )
        )
    before = reader.is_open("START-2")
    reader.press(Keys.ENTER)
    between = reader.is_open("START-2")
    reader.press(Keys.ENTER)

    assert ["search", "show", "level", "button", "a", "a", "summary"] == places
    assert {"solid"} == set(outlines)
    assert (True, False, True) == (before, between, reader.is_open("START-2"))


@pytest.mark.parametrize("clipboard", ["granted", "denied"])
def test_a_script_is_copied(reader: Reader, clipboard: str) -> None:
    """
    The button puts the whole text into the clipboard, also where pages may not write to it.
    """
    reader.open(fragment="#START-2")
    for name in "clipboard-write", "clipboard-read":
        setting = "granted" if name == "clipboard-read" else clipboard
        reader.command("Browser.setPermission", permission={"name": name}, setting=setting)
    reader.run("document.execCommand('copy')")
    (button, *_) = reader.driver.find_elements(By.CSS_SELECTOR, '[aria-label="Copy script"]')

    button.click()
    reader.wait(lambda: reader.find("#said").text)
    copied = reader.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")

    assert "Copied: script" == reader.find("#said").text
    assert PROGRAM == copied
    assert "Copied" == button.text
    assert button == reader.focused


def test_an_anchor_opens_its_clause(reader: Reader) -> None:
    """
    A link to a clause opens and focuses it, though the filters would have left it out.
    """
    reader.open(fragment="#SHUT-21")
    arrived = reader.is_open("SHUT-21"), reader.focused.get_dom_attribute("id")
    reader.choose("show", "fail")
    reader.run("location.hash = '#RESTART-2'")
    reader.wait(lambda: reader.is_open("RESTART-2"))

    assert (True, "SHUT-21") == arrived
    assert "RESTART-2" == reader.focused.get_dom_attribute("id")
    assert 60 == len(reader.shown)
    assert reader.run("return document.activeElement.getBoundingClientRect().top") >= 0


def test_an_address_that_means_nothing_does_no_harm(reader: Reader) -> None:
    """
    What a fragment does not say in the page's own words leaves the usual view.
    """
    reader.open(fragment="#%E0%A4%A&show=nonsense&level=")

    assert ["START-2", "SHUT-5"] == reader.shown


def test_all_shown_are_opened_at_once(reader: Reader) -> None:
    """
    One button opens what is shown and closes it again.
    """
    reader.open(fragment="#show=fail")
    button = reader.find("#open-all")

    button.click()
    opened = reader.is_open("SHUT-21"), button.text
    button.click()

    assert (True, "Close all") == opened
    assert (False, "Open all") == (reader.is_open("SHUT-21"), button.text)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_themes_can_be_read(reader: Reader, system: str) -> None:
    """
    Both themes have the contrast of WCAG AA; the button goes from the system's to the other.
    """
    reader.open(fragment="#show=all")
    reader.command(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": system}],
    )
    reader.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")

    papers, faint = [], []
    for _ in range(2):
        papers.append(reader.run("return getComputedStyle(document.body).backgroundColor"))
        faint += reader.run(CONTRAST)
        reader.find("#theme").click()

    assert [] == faint
    assert (papers[0] < papers[1]) is (system == "dark")
    assert papers[0] == reader.run("return getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("name", ["wide", "conformant", "empty"])
def test_a_phone_is_wide_enough(reader: Reader, name: str) -> None:
    """
    At a width of 360 pixels nothing has to be scrolled sideways.
    """
    reader.open(name, width=360)
    reader.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")

    too_wide = reader.run(
        "return [...document.querySelectorAll('body *')]"
        ".filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)"
        ".map((one) => one.outerHTML.slice(0, 80))"
    )

    assert [] == too_wide
    assert reader.run(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_the_search_box_has_a_name_on_a_phone(reader: Reader) -> None:
    """
    Its label takes no room there, and is still announced.
    """
    reader.open(width=360)

    assert "Search" == reader.find("#search").accessible_name


def test_it_is_read_without_a_script(reader: Reader) -> None:
    """
    Where scripts are forbidden, all clauses are there, and nothing that would not work.
    """
    reader.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        reader.open()
        shown = reader.shown
        usable = reader.run(
            "return [...document.querySelectorAll('button, input')]"
            ".filter((one) => one.checkVisibility()).length"
        )
    finally:
        reader.command("Emulation.setScriptExecutionDisabled", value=False)

    assert 60 == len(shown)
    assert 0 == usable


def test_nothing_is_asked_from_a_network(reader: Reader) -> None:
    """
    The page is all that is loaded.
    """
    reader.requests()
    reader.open()

    asked = {url.partition("#")[0] for url in reader.requests() if not url.startswith("data:")}

    assert {reader.driver.current_url.partition("#")[0]} == asked


def _wide() -> dict[str, Any]:
    word = "unbreakable" * 20
    texts = ("expected", "actual", "advice", "traceback", "rerun", "program")
    failure: dict[str, Any] = dict.fromkeys(texts, word) | {"did": [word], "example": [word]}
    report = document(OUTCOMES, chapters=["start"], **failure)
    report["implementation"] |= {"spec": word, "version": word, "distribution": word}
    report["verdict"]["sentence"] = word
    report["run"] |= {"command": word, "waivers": [word]}
    report["environment"] |= {"platform": word, "packages": {word: word}}
    report["stale"] = [word]
    report["waivers"] = [
        {
            "subject": word,
            "origin": word,
            "tests": [],
            "reason": word,
            "match": word,
            "deviation": "V4",
            "until": "2030-01-01",
            "intermittent": True,
            "status": "mismatched",
        }
    ]
    for record in (*report["clauses"], *report["tests"]):
        for name in {"sentence", "source", "hint", "title", "reason"} & set(record):
            record[name] = word
    return report


# Ratio of the luminances of each text and of what is behind it, by the definition of WCAG 2.
CONTRAST = """
const luminance = (rgb) => rgb
  .map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
const behind = (one) => {
  for (; one; one = one.parentElement) {
    const [red, green, blue, alpha] = numbers(getComputedStyle(one).backgroundColor);
    if (alpha !== 0) return [red, green, blue];
  }
};
const faint = new Set();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const one = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || !one.checkVisibility()) continue;
  const color = getComputedStyle(one).color;
  const [low, high] = [numbers(color).slice(0, 3), behind(one)]
    .map(luminance)
    .sort((a, b) => a - b);
  if ((high + 0.05) / (low + 0.05) < 4.5) faint.add(`${one.outerHTML.slice(0, 60)} ${color}`);
}
return [...faint];
"""
