"""The service under load, through HTTP: what it acknowledges and answers a second, how long that takes at worst, and
what it costs the server's processor; the same again when the log has grown.

Load and server share the machine. Each figure stands beside a route that says hello on the same server and
framework, asked by the same generator in the same run.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles

import uvloop

from benchmarks import office, service_memory, service_process
from benchmarks.http_load import Line, Load, get, issue, run, verify
from benchmarks.report import Report
from benchmarks.service_hello import PATH, peer
from benchmarks.service_process import Admitted, Served, served
from sanad_verifier.documents import document_digest

CLIENTS = 32
READERS = 100
AGAINST = "a route that says hello"
PAGES = (
    "/",
    "/sign-in",
    "/verify",
    "/documents",
    "/documents/{digest}",
    "/documents/{digest}/print",
    "/issue",
    "/issue/AUCTION_RECEIPT",
    "/consignments",
    f"/consignments/{office.REFERENCE}",
    "/batches",
    "/formations",
    f"/formations/{office.OFFICES[0]}",
    "/users",
    "/acts/{act}",
)
NAMES = str.maketrans("/", "_", "{}")


@dataclass(frozen=True, slots=True)
class Size:
    """How often each thing is done."""

    issues: int
    questions: int
    looks: int
    growth: int
    readers: int


FULL = Size(issues=2_000, questions=5_000, looks=40, growth=10_000, readers=READERS)
QUICK = Size(issues=100, questions=100, looks=2, growth=200, readers=5)


@dataclass
class Bench:
    """A service, who asks, and what was issued so far."""

    report: Report
    served: Served
    admitted: Admitted
    size: Size
    hello: Load
    digests: list[str] = field(default_factory=list)

    def measure(self, name: str, requests: list[bytes], *statuses: int) -> None:
        """Rate, worst time and the server's processor time of so many requests by all clients."""
        before = self.served.cpu()
        load = run(self.served.url, requests, CLIENTS)
        used, n = self.served.cpu() - before, len(requests)
        load.must_all_be(*statuses)
        self.report.add(f"service_{name}", load.rate, "requests/s", n, self.hello.rate, AGAINST)
        worst = self.hello.percentile(99)
        self.report.add(f"service_{name}_p99", load.percentile(99), "ms", n, worst, AGAINST)
        self.report.add(f"service_{name}_cpu", 1000 * used / n, "ms", n)

    # -- acts -----------------------------------------------------------------------------------------------------

    def issues(self, tag: str, n: int) -> list[bytes]:
        """Requests that issue different auction receipts."""
        made = []
        members = {"type": "AUCTION_RECEIPT"}
        for i, paper in enumerate(office.papers(tag, n)):
            self.digests.append(document_digest(paper).digest.hex())
            made.append(issue(paper, members, self.admitted.issuer, f"{tag}-{i}"))
        return made

    def issue(self, label: str) -> None:
        self.measure(f"issue{label}", self.issues(f"issue{label}", self.size.issues), 202)
        self.settle()

    def settle(self) -> str:
        """Wait until every act is final; returns the last."""
        return uvloop.run(self._settle())

    async def _settle(self) -> str:
        line = await Line.to(self.served.url)
        try:
            answer = await line.ask(get("/v1/acts?limit=1", self.admitted.issuer))
            last = str(json.loads(answer.body)["acts"][0]["act"])
            state = ""
            while state != "final":
                told = await line.ask(get(f"/v1/acts/{last}?wait=30", self.admitted.issuer))
                state = json.loads(told.body)["state"]
            return last
        finally:
            line.close()

    # -- answers --------------------------------------------------------------------------------------------------

    def some(self) -> list[str]:
        """Digests of documents, other ones each time."""
        apart = max(1, len(self.digests) // self.size.questions)
        return list(islice(cycle(self.digests[::apart]), self.size.questions))

    def document(self, label: str) -> None:
        requests = [get(f"/v1/documents/{digest}", self.admitted.reader) for digest in self.some()]
        self.measure(f"document{label}", requests, 200)

    def verify(self, label: str) -> None:
        self.measure(f"verify{label}", [verify(digest) for digest in self.some()], 200)

    def verify_while_issuing(self) -> None:
        """Three verifications to every issue, all by the same clients: the server's time is for both."""
        asked = [verify(digest) for digest in self.some()[: self.size.issues // 2]]
        issues = iter(self.issues("meanwhile", len(asked) // 3))
        mixed = [one for i, ours in enumerate(asked, 1) for one in (ours, *islice(issues, i % 3 == 0))]
        self.measure("verify_while_issuing", mixed, 200, 202)
        self.settle()

    # -- pages ----------------------------------------------------------------------------------------------------

    def pages(self) -> None:
        """Each page, one after the other, in the time that the service's own log gives for it."""
        act = self.settle()
        asked = [path.format(digest=self.digests[0], act=act) for path in PAGES]
        cookie = f"\r\nCookie: __Host-sanad={self.admitted.session}\r\nAccept: text/html\r\n\r\n".encode()
        requests = [get(path).replace(b"\r\n\r\n", cookie) for path in asked for _ in range(self.size.looks)]
        load = run(self.served.url, requests, 1)
        load.must_all_be(200)
        times: dict[str, list[float]] = defaultdict(list)
        for noted in self.served.pages_noted(len(requests)):
            times[str(noted["route"])].append(float(str(noted["ms"])))
        for route, taken in times.items():
            name = route.strip("/").translate(NAMES) or "start"
            self.report.add(f"service_page_{name}", median(taken), "ms", len(taken))
        slowest = max(quantiles(taken, n=20)[-1] for taken in times.values())
        self.report.add("service_page_slowest_p95", slowest, "ms", len(requests))


def measure(report: Report, scratch: Path, *, quick: bool) -> None:
    """Everything, on a fresh data directory."""
    size = QUICK if quick else FULL
    with peer() as url:
        hello = run(url, [get(PATH)] * size.questions, CLIENTS)
    report.add("service_hello", hello.rate, "requests/s", size.questions)
    report.add("service_hello_p99", hello.percentile(99), "ms", size.questions)
    data = scratch / "served"
    admitted = service_process.prepare(data)
    with served(data) as running:
        bench = Bench(report, running, admitted, size, hello)
        report.add("service_memory_at_start", running.weight(), "MB", 1)
        for one in (bench.issue, bench.document, bench.verify):
            one("")
        bench.pages()
        bench.verify_while_issuing()
        grown = f"_after_{size.growth // 1000}k" if size.growth >= 1000 else "_after_more"
        grow(bench)
        for one in (bench.issue, bench.document, bench.verify):
            one(grown)
        service_memory.uploads(report, running)


def grow(bench: Bench) -> None:
    """Issue many documents while many readers listen to the events."""
    requests = bench.issues("growth", bench.size.growth)
    load = service_memory.streams(
        bench.report,
        bench.served,
        requests,
        bench.admitted.reader,
        readers=bench.size.readers,
        entry=bench.served.entries(),
    )
    load.must_all_be(202)
    bench.report.add(
        "service_issue_while_streaming", load.rate, "requests/s", len(requests), bench.hello.rate, AGAINST
    )
    bench.settle()
