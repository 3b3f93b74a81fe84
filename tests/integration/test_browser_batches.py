"""A batch in a real browser: brought as a file, followed to its end as the page counts, its wrong rows found by the
filter with their reasons, its outcomes taken away as a table; whatever stands in the rows or the file's name.
"""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sanad_api.callers import Role
from sanad_node.samples import FOLDER
from sanad_testkit.at_work import HOSTILE, OTHER_SIZES, SHOWN, SIZES, at_work, send
from sanad_testkit.broken_chain import breakable
from sanad_testkit.browser import Language, Visitor, Width, browser
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
ROWS = 50
WRONG = (2, 20, 47)
"""Rows whose amount is no number."""
NOT_IN_NAMES = str.maketrans("", "", '/"')
"""A slash ends a folder, and browsers send a quotation mark as %22."""


def table(prefix: str, wrong: tuple[int, ...] = (), **told: str) -> bytes:
    """The sample's 50 receipts under numbers of their own, with an amount that is no number in the rows that are wrong;
    `told` stands in a column of every row.
    """
    rows = list(csv.DictReader((FOLDER / "batches/auction-receipts.csv").read_text("utf-8").splitlines()))
    assert len(rows) == ROWS
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for number, row in enumerate(rows, start=1):
        row |= {"receiptNumber": f"{prefix}-{number}", **{k.replace("_", "."): v for k, v in told.items()}}
        writer.writerow(row | ({"saleAmount": "eight lakh"} if number in wrong else {}))
    return out.getvalue().encode()


def bring(visitor: Visitor, page: Page, content: bytes, name: str = "receipts.csv") -> None:
    """Bring a file as a batch; the tab ends at the batch's page."""
    page.goto(f"{visitor.base}/batches")
    form = page.locator("form[action='/batches']")
    form.locator("select").select_option("AUCTION_RECEIPT")
    form.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    send(form)


def tallies(page: Page) -> dict[str, int]:
    """How many rows came to what, as the page counts them."""
    shown = page.locator(".tallies [data-field^='counts.']").locator("visible=true")
    return {
        str(one.get_attribute("data-field")).removeprefix("counts."): int(one.inner_text())
        for one in shown.all()
    }


def must_end(page: Page) -> None:
    """Wait until the page says by itself that nothing is open."""
    expect(page.locator("progress")).to_have_count(0, timeout=30_000)


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_batch_is_followed_to_its_end_and_its_wrong_rows_are_found(
    language: Language, width: Width, browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    with at_work(browser, shared_service, Role.ISSUER, "CELL", language, width) as (visitor, page):
        page.goto(f"{visitor.base}/batches")
        must_be_fit(visitor, page)
        must_be_reachable(page)
        bring(visitor, page, table(f"B-{language}", WRONG))
        must_end(page)
        assert tallies(page) == {"final": ROWS - len(WRONG), "failed": len(WRONG)}
        assert page.locator("tbody tr").count() == ROWS
        must_be_fit(visitor, page)
        must_be_reachable(page)

        page.locator(".tallies a", has=page.locator("[data-field='counts.failed']")).click()
        page.wait_for_url("**outcome=failed*")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(len(WRONG))
        for number, row in zip(WRONG, rows.all(), strict=True):
            expect(row).to_contain_text(str(number + 1))  # its line in the file, below the header
            expect(row).to_contain_text("/saleAmount")
        must_be_fit(visitor, page)

        with page.expect_download() as given:
            page.locator("a[download]").click()
        given.value.save_as(tmp_path / "outcomes.csv")
        taken = list(csv.DictReader((tmp_path / "outcomes.csv").read_text("utf-8-sig").splitlines()))
        assert len(taken) == ROWS
        assert [place for place, row in enumerate(taken, start=1) if row["outcome"] == "failed"] == list(
            WRONG
        )


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_a_file_is_called_or_says_is_shown_and_does_nothing(
    kind: str, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, Role.ISSUER, "CELL", "ur", "phone") as (visitor, page):
        name, shown = (f"{text[kind]}.csv".translate(NOT_IN_NAMES) for text in (HOSTILE, SHOWN))
        bring(visitor, page, table(f"H-{kind}", buyer_name=HOSTILE[kind], collectorate=HOSTILE[kind]), name)
        expect(page.locator("h1")).to_contain_text(shown)
        must_end(page)
        assert sum(tallies(page).values()) == ROWS
        must_be_fit(visitor, page)
        page.goto(f"{visitor.base}/batches")
        expect(page.locator("table")).to_contain_text(shown)
        must_be_fit(visitor, page)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("receipts.exe", b"MZ"),
        ("empty.csv", b""),
        ("broken.zip", b"PK\x03\x04 and no more"),
        ("broken.xlsx", b"PK\x03\x04"),
    ],
    ids=["another-kind", "empty", "broken", "no-workbook"],
)
def test_a_file_that_is_no_batch_is_refused_in_words(
    name: str, content: bytes, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, Role.ISSUER) as (visitor, page):
        visitor.expect("status of 4")
        bring(visitor, page, content, name)
        said = page.locator(".notice.tone-bad")
        expect(said).to_be_visible(timeout=15_000)
        assert said.inner_text().strip()
        must_be_fit(visitor, page)
        if (
            page.url == f"{visitor.base}/batches"
        ):  # refused at once: the choice stays, the file is brought again
            assert page.locator("select[name=type]").input_value() == "AUCTION_RECEIPT"


@pytest.mark.parametrize(("language", "width"), OTHER_SIZES)
def test_an_auditor_reads_batches_and_brings_none(
    language: Language, width: Width, browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        headers = {"Content-Type": "text/csv", "Idempotency-Key": f"auditor-{language}"}
        asked = {"type": "AUCTION_RECEIPT"}
        content = table(f"A-{language}", WRONG)
        assert client.post("/v1/batches", params=asked, headers=headers, content=content).status_code == 202
    with at_work(browser, shared_service, Role.AUDITOR, "", language, width) as (visitor, page):
        page.goto(f"{visitor.base}/batches")
        must_be_fit(visitor, page)
        assert page.locator("input[type=file]").count() == 0
        page.locator("table a").first.click()
        page.wait_for_url("**/batches/*")
        must_be_fit(visitor, page)


def test_while_the_chain_cannot_be_reached_the_rows_are_kept_and_the_page_goes_on_counting(
    browser: Browser, prepared: Prepared, tmp_path: Path
) -> None:
    with (
        breakable(prepared, tmp_path) as chain,
        at_work(browser, chain.service, Role.ISSUER, "CELL", "ur", "phone") as (visitor, page),
    ):
        chain.break_off()
        bring(visitor, page, table("C", WRONG))
        open_rows = page.locator("[data-field='counts.accepted']")
        expect(open_rows).to_have_text(str(ROWS - len(WRONG)), timeout=20_000)
        page.evaluate("window.kept = 'the page was not loaded again'")
        path = page.url.removeprefix(visitor.base)
        asked = len(visitor.sent("GET", f"/v1{path}"))
        while len(visitor.sent("GET", f"/v1{path}")) < asked + 2:
            page.wait_for_event("response")
        assert page.evaluate("window.kept")
        chain.until_noticed()
        page.reload()
        expect(page.locator(".notice.tone-old")).to_be_visible()
        must_be_fit(visitor, page)
        chain.mend()
        must_end(page)
        assert tallies(page) == {"final": ROWS - len(WRONG), "failed": len(WRONG)}
