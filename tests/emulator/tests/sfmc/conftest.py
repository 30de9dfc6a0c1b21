"""A plain client of the Marketing Cloud emulator, close to the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests
from lxml import etree

from emulator.testing import RunningEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


PARTNER = "{http://exacttarget.com/wsdl/partnerAPI}"


class SoapAnswer:
    """A SOAP answer: HTTP status, ``OverallStatus``, ``RequestID`` and results as elements."""

    def __init__(self, response: requests.Response) -> None:
        self.http_status = response.status_code
        self.text = response.text
        self.root = etree.fromstring(response.content) if response.content.startswith(b"<") else None

    def find(self, path: str) -> str | None:
        """The text at a path of local names below the body's message."""
        assert self.root is not None
        steps = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
        found = self.root.xpath(f"//*[local-name()='Body']/*/{steps}")
        return (found[0].text or "") if found else None

    @property
    def status(self) -> str | None:
        return self.find("OverallStatus")

    @property
    def request_id(self) -> str:
        return self.find("RequestID") or ""

    @property
    def results(self) -> list[dict[str, Any]]:
        """Each result as nested dicts of local names; nil elements are None, rows are flat."""
        assert self.root is not None
        return [_plain(each) for each in self.root.iter(f"{PARTNER}Results")]

    @property
    def rows(self) -> list[dict[str, str | None]]:
        assert self.root is not None
        return [
            {
                each.findtext(f"{PARTNER}Name"): each.findtext(f"{PARTNER}Value")
                for each in result.iter(f"{PARTNER}Property")
            }
            for result in self.root.iter(f"{PARTNER}Results")
        ]


def _plain(element: etree._Element) -> Any:
    if element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true":
        return None
    if len(element):
        return {etree.QName(each).localname: _plain(each) for each in element}
    return element.text or ""


class SfmcClient:
    """Talks to one emulator as one installed package."""

    def __init__(self, emulator: RunningEmulator) -> None:
        self.emulator = emulator
        self.profile = emulator.home.profile
        self.session = requests.Session()
        self._tokens: dict[tuple[Any, ...], str] = {}

    @property
    def url(self) -> str:
        return str(self.emulator.sfmc["base_url"])

    def request_token(self, **changes: Any) -> requests.Response:
        credentials = self.emulator.sfmc
        body = {
            "grant_type": "client_credentials",
            "client_id": credentials["client_id"],
            "client_secret": credentials["client_secret"],
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return self.session.post(f"{self.url}/v2/token", json=body)

    def token(self, account_id: int | None = None, scope: str | None = None) -> str:
        key = (account_id, scope)
        if key not in self._tokens:
            self._tokens[key] = self.request_token(account_id=account_id, scope=scope).json()["access_token"]
        return self._tokens[key]

    def call(
        self, method: str, path: str, *, token: str | None = None, **arguments: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self.session.request(method, self.url + path, headers=headers, **arguments)

    def get(self, path: str, *, token: str | None = None) -> requests.Response:
        return self.call("GET", path, token=token)

    def rowset(self, key: str, query: str = "", *, token: str | None = None) -> dict[str, Any]:
        """A page, asserted to be one."""
        response = self.get(f"/data/v1/customobjectdata/key/{quote(key, safe='')}/rowset{query}", token=token)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def filtered(self, key: str, text: str, **parameters: str) -> requests.Response:
        query = "&".join(f"${name}={quote(value)}" for name, value in {"filter": text, **parameters}.items())
        return self.get(f"/data/v1/customobjectdata/key/{quote(key, safe='')}/rowset?{query}")

    def all_rows(self, key: str, query: str = "?$pagesize=50") -> list[dict[str, Any]]:
        """Every page of a rowset by its token."""
        page = self.rowset(key, query)
        rows = list(page.get("items", ()))
        while "next" in page["links"]:
            page = self.get("/data" + page["links"]["next"]).json()
            rows += page.get("items", ())
        return rows

    def soap(self, message: str, *, action: str = "Retrieve", token: str | None = None) -> SoapAnswer:
        envelope = (
            '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<Header><fueloauth xmlns="http://exacttarget.com">{token or self.token()}</fueloauth></Header>'
            f"<Body>{message}</Body></Envelope>"
        )
        return self.post_soap(envelope, action=action)

    def post_soap(
        self, envelope: str, *, action: str = "Retrieve", path: str = "/Service.asmx"
    ) -> SoapAnswer:
        headers = {"SOAPAction": action, "Content-Type": "text/xml"}
        return SoapAnswer(self.session.post(self.url + path, data=envelope.encode(), headers=headers))

    def retrieve(
        self, object_type: str, properties: Sequence[str] = (), more: str = "", *, token: str | None = None
    ) -> SoapAnswer:
        """A Retrieve; ``more`` is XML after the properties, such as a filter."""
        names = "".join(f"<Properties>{name}</Properties>" for name in properties)
        return self.soap(
            '<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>'
            f"<ObjectType>{object_type}</ObjectType>{names}{more}</RetrieveRequest></RetrieveRequestMsg>",
            token=token,
        )

    def continue_retrieve(self, request_id: str, object_type: str = "") -> SoapAnswer:
        return self.retrieve(object_type, (), f"<ContinueRequest>{request_id}</ContinueRequest>")


def simple_filter(name: str, operator: str, *values: str, tag: str = "Filter", date: bool = False) -> str:
    element = "DateValue" if date else "Value"
    return (
        f'<{tag} xsi:type="SimpleFilterPart"><Property>{name}</Property>'
        f"<SimpleOperator>{operator}</SimpleOperator>"
        + "".join(f"<{element}>{value}</{element}>" for value in values)
        + f"</{tag}>"
    )


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """An emulator of these tests' own: other suites change the rows of theirs."""
    with RunningEmulator(tmp_path_factory.mktemp("sfmc-emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def session_client(emulator: RunningEmulator) -> Iterator[SfmcClient]:
    client = SfmcClient(emulator)
    with client.session:
        yield client


@pytest.fixture
def sfmc(session_client: SfmcClient) -> Iterator[SfmcClient]:
    """The client; switches and faults that a test sets are put back, its tokens are forgotten."""
    yield session_client
    session_client.emulator.reset_switches()
    session_client.emulator.clear_faults()
    session_client._tokens.clear()


@pytest.fixture
def make_filter() -> Any:
    """Builds a ``SimpleFilterPart``: property, operator, values; ``tag`` and ``date`` as keywords."""
    return simple_filter


@pytest.fixture
def connect() -> Iterator[Any]:
    """Makes clients of other emulators."""
    clients: list[SfmcClient] = []

    def make(emulator: RunningEmulator) -> SfmcClient:
        clients.append(SfmcClient(emulator))
        return clients[-1]

    yield make
    for client in clients:
        client.session.close()
