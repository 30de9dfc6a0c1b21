"""What each cell of the lake must be, given a row of the source.

Written down by hand, independent of the mapping files, the tap and the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
Cell: TypeAlias = tuple[str, str, Callable[[Row], Any]]
Rows: TypeAlias = "Counter[tuple[Any, ...]]"

ZONE = timezone(timedelta(hours=-6))
"""The clock of the source's dates."""


def given(name: str) -> Callable[[Row], Any]:
    """As it is; on the source's wire an empty text is a null."""
    return lambda row: None if row[name] == "" else row[name]


def decimal(name: str) -> Callable[[Row], Any]:
    return lambda row: None if row[name] is None else float(row[name])


def moment(name: str) -> Callable[[Row], Any]:
    """UTC, to the second: the source's wire form has no more."""

    def utc(row: Row) -> str | None:
        if row[name] is None:
            return None
        local = datetime.fromisoformat(row[name]).replace(microsecond=0, tzinfo=ZONE)
        return local.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")

    return utc


def day(name: str) -> Callable[[Row], Any]:
    return lambda row: (stamp := moment(name)(row)) and stamp[:10]


def lower(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name] and row[name].lower()


def one_where(name: str, value: str) -> Callable[[Row], Any]:
    return lambda row: 1.0 if row[name] == value else None


def chosen(name: str, values: dict[str, str]) -> Callable[[Row], Any]:
    return lambda row: values[row[name]]


INSTANT = "TIMESTAMP WITH TIME ZONE"

# Column of the lake, its type there, and what it holds for a row of the source.
# Written for the tenant `acme`.
CELLS: dict[str, list[Cell]] = {
    "contacts": [
        ("_acme.subscriberKey", "VARCHAR", given("SubscriberKey")),
        ("personalEmail.address", "VARCHAR", lower("EmailAddress")),
        ("person.name.firstName", "VARCHAR", given("FirstName")),
        ("person.name.lastName", "VARCHAR", given("LastName")),
        ("person.birthDate", "DATE", day("BirthDate")),
        ("mobilePhone.number", "VARCHAR", given("Phone")),
        ("homeAddress.city", "VARCHAR", given("City")),
        ("homeAddress.countryCode", "VARCHAR", given("Country")),
        ("preferredLanguage", "VARCHAR", given("Locale")),
        ("loyalty.points", "DOUBLE", given("LoyaltyPoints")),
        (
            "consents.marketing.email.val",
            "VARCHAR",
            lambda row: {None: "u", True: "y", False: "n"}[row["EmailOptIn"]],
        ),
        ("_acme.emailOptIn", "BOOLEAN", given("EmailOptIn")),
        ("_acme.lifecycleStage", "VARCHAR", given("LifecycleStage")),
        ("_acme.totalOrders", "INTEGER", given("TotalOrders")),
        ("_acme.totalSpent", "DOUBLE", decimal("TotalSpent")),
        ("_acme.lastPurchaseDate", INSTANT, moment("LastPurchaseDate")),
        ("_acme.favouriteCategory", "VARCHAR", given("FavouriteCategory")),
        ("_acme.signupDate", INSTANT, moment("SignupDate")),
        ("_acme.modifiedDate", INSTANT, moment("ModifiedDate")),
        ("_acme.sourceSystem", "VARCHAR", lambda _: "Salesforce Marketing Cloud"),
    ],
    "campaign_engagement": [
        ("timestamp", INSTANT, moment("EventDate")),
        (
            "eventType",
            "VARCHAR",
            chosen(
                "EventType",
                {
                    "Sent": "directMarketing.emailSent",
                    "Open": "directMarketing.emailOpened",
                    "Click": "directMarketing.emailClicked",
                    "Bounce": "directMarketing.emailBounced",
                    "Unsubscribe": "directMarketing.emailUnsubscribed",
                    "Response": "sfmc.response",
                },
            ),
        ),
        ("marketing.trackingCode", "VARCHAR", given("CampaignID")),
        ("marketing.campaignName", "VARCHAR", given("CampaignName")),
        ("directMarketing.emailVisitorID", "VARCHAR", given("SubscriberKey")),
        ("directMarketing.sends.value", "DOUBLE", one_where("EventType", "Sent")),
        ("directMarketing.opens.value", "DOUBLE", one_where("EventType", "Open")),
        ("directMarketing.clicks.value", "DOUBLE", one_where("EventType", "Click")),
        ("directMarketing.bounces.value", "DOUBLE", one_where("EventType", "Bounce")),
        ("directMarketing.unsubscriptions.value", "DOUBLE", one_where("EventType", "Unsubscribe")),
        ("web.webInteraction.URL", "VARCHAR", given("LinkURL")),
        ("web.webInteraction.name", "VARCHAR", given("LinkName")),
        ("commerce.order.priceTotal", "DOUBLE", decimal("Revenue")),
        ("_acme.eventID", "VARCHAR", given("EventID")),
        ("_acme.engagementType", "VARCHAR", given("EventType")),
        ("_acme.subscriberKey", "VARCHAR", given("SubscriberKey")),
        ("_acme.emailAddress", "VARCHAR", lower("EmailAddress")),
        ("_acme.jobID", "INTEGER", given("JobID")),
        ("_acme.offerCode", "VARCHAR", given("OfferCode")),
        ("_acme.device", "VARCHAR", given("Device")),
        ("_acme.isUnique", "BOOLEAN", given("IsUnique")),
        ("_acme.sourceSystem", "VARCHAR", lambda _: "Salesforce Marketing Cloud"),
    ],
    "web_activity": [
        ("timestamp", INSTANT, moment("ActivityDate")),
        (
            "eventType",
            "VARCHAR",
            chosen(
                "ActivityType",
                {
                    "page_view": "web.webpagedetails.pageViews",
                    "product_view": "commerce.productViews",
                    "form_submit": "web.formFilledOut",
                    "add_to_cart": "commerce.productListAdds",
                    "purchase": "commerce.purchases",
                },
            ),
        ),
        ("web.webPageDetails.URL", "VARCHAR", given("PageURL")),
        ("web.webPageDetails.name", "VARCHAR", given("PageName")),
        ("web.webPageDetails.pageViews.value", "DOUBLE", one_where("ActivityType", "page_view")),
        ("web.webReferrer.URL", "VARCHAR", given("ReferrerURL")),
        ("commerce.productViews.value", "DOUBLE", one_where("ActivityType", "product_view")),
        ("commerce.productListAdds.value", "DOUBLE", one_where("ActivityType", "add_to_cart")),
        ("commerce.purchases.value", "DOUBLE", one_where("ActivityType", "purchase")),
        ("commerce.order.purchaseID", "VARCHAR", given("OrderID")),
        ("commerce.order.priceTotal", "DOUBLE", decimal("OrderTotal")),
        ("environment.browserDetails.userAgent", "VARCHAR", given("UserAgent")),
        ("_acme.activityID", "VARCHAR", given("ActivityID")),
        ("_acme.activityType", "VARCHAR", given("ActivityType")),
        ("_acme.subscriberKey", "VARCHAR", given("SubscriberKey")),
        ("_acme.emailAddress", "VARCHAR", lower("EmailAddress")),
        ("_acme.formName", "VARCHAR", given("FormName")),
        ("_acme.sessionID", "VARCHAR", given("SessionID")),
        ("_acme.durationSeconds", "INTEGER", given("DurationSeconds")),
        ("_acme.sourceSystem", "VARCHAR", lambda _: "Salesforce Marketing Cloud"),
    ],
}

# The datasets' table names in SQL; with `_latest` the newest version of each key.
TABLES = {
    "contacts": "sfmc_contacts",
    "campaign_engagement": "sfmc_campaign_engagement",
    "web_activity": "sfmc_web_activity",
}
# The data extensions' keys; another tenant puts a prefix in front.
SOURCES = {
    "contacts": "contacts",
    "campaign_engagement": "campaign-engagement",
    "web_activity": "web-activity",
}


def expected(rows: Iterable[Row], stream: str) -> Rows:
    """The lake's rows for rows of the source, as a multiset."""
    return Counter(tuple(of(row) for _, _, of in CELLS[stream]) for row in rows)


def lake_query(stream: str, *, view: str = "", tenant: str = "acme") -> str:
    """SQL for the same cells of the lake; times as UTC text, so that JSON cannot blur them."""
    columns = []
    for number, (path, kind, _) in enumerate(CELLS[stream]):
        value = path
        if kind == INSTANT:
            value = f"strftime({path} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S')"
        elif kind == "DATE":
            value = f"CAST({path} AS VARCHAR)"
        columns.append(f"{value} AS c{number:02d}")
    return f"SELECT {', '.join(columns)} FROM {TABLES[stream]}{view}".replace("_acme.", f"_{tenant}.")


def type_query(stream: str) -> str:
    """SQL for the type of each column."""
    columns = [f"typeof({path}) AS c{number:02d}" for number, (path, _, _) in enumerate(CELLS[stream])]
    return f"SELECT {', '.join(columns)} FROM {TABLES[stream]} LIMIT 1"


def as_rows(answer: Iterable[Row]) -> Rows:
    """The answer of :func:`lake_query` as a multiset."""
    return Counter(tuple(row.values()) for row in answer)
