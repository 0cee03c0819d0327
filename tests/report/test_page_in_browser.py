"""The page as a reader sees it, in headless Chromium."""

import os
import shutil

import pytest
from devtools import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = {1280: 800, 400: 860}
SEEN = """(async () => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  await Promise.all([...document.images].map(image => image.decode()));
  const sizes = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !holder.checkVisibility()) continue;
    sizes.push(parseFloat(getComputedStyle(holder).fontSize));
  }
  const outside = [...document.querySelectorAll('main *, header *, footer *')]
    .filter(e => !e.closest('.scroll') && e.getClientRects().length
      && e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 80));
  const place = name => document.querySelector(name).getBoundingClientRect();
  return {
    page: document.documentElement.scrollWidth, window: innerWidth, outside,
    images: [...document.images].map(i => [i.alt, i.naturalWidth, i.clientWidth]),
    smallest: Math.min(...sizes), texts: sizes.length,
    answer: place('.answer').bottom, picture: place('figure.answer img').top,
    narrow: document.querySelector('figure.answer img').currentSrc
      === document.querySelector('figure.answer source').srcset,
    links: [...document.querySelectorAll('nav a')]
      .every(a => document.querySelector(a.getAttribute('href'))),
  };
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        if os.environ.get("GXJAX_REQUIRE_PEERS") == "1":
            pytest.fail("no Chromium on PATH")
        pytest.skip("no Chromium on PATH")
    tab = Browser(program, tmp_path_factory.mktemp("chromium") / "profile")
    try:
        tab.open_tab()
        yield tab
    finally:
        tab.close()


@pytest.fixture(scope="module", params=WIDTHS)
def seen(request, browser, full_page):
    browser.load(full_page.path.as_uri(), request.param, WIDTHS[request.param])
    found = browser.evaluate(SEEN)
    return found | {"width": request.param, "events": list(browser.events)}


def test_page__has_no_console_error_and_asks_nobody(seen):
    said = [e for e in seen["events"] if e["method"] == "Log.entryAdded"]
    thrown = [e for e in seen["events"] if e["method"] == "Runtime.exceptionThrown"]
    assert said == thrown == []
    asked = [
        event["params"]["request"]["url"]
        for event in seen["events"]
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    failed = [e for e in seen["events"] if e["method"] == "Network.loadingFailed"]
    assert failed == []


def test_page__shows_every_figure(seen, full_page):
    files = sorted((full_page.path.parent / "figures").glob("*.svg"))
    # The narrow picture of the answer stands in the place of the wide one.
    assert len(seen["images"]) == len(files) - 1 == 21
    for words, width, shown in seen["images"]:
        assert width > 0, words
        assert shown > 300, words


def test_page__does_not_overflow(seen):
    assert seen["window"] == seen["width"]
    assert seen["page"] <= seen["window"]
    assert seen["outside"] == []


def test_page__is_large_enough_to_read(seen):
    assert seen["texts"] > 500
    assert seen["smallest"] >= 11
    assert seen["links"]


def test_page__begins_with_the_answer_and_its_picture(seen):
    height = WIDTHS[seen["width"]]
    assert seen["answer"] < height / 2
    assert seen["picture"] < height / 2
    assert seen["narrow"] == (seen["width"] == 400)
