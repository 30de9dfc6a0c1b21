"""What the vendors leave undocumented: the table of switches, each with its default and the evidence for it.

This is the only table of them; "open" means that nobody outside the vendor knows. ``python -m
emulator.switch_table`` prints it as the README shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

SwitchValue: TypeAlias = bool | int | float | str


class SwitchError(ValueError):
    """An unknown switch, or a value it cannot take."""


@dataclass(frozen=True)
class Switch:
    """One undocumented behaviour. The default's type is the type of its values."""

    name: str
    default: SwitchValue
    meaning: str
    evidence: str
    choices: tuple[str, ...] = ()

    def parse(self, value: object) -> SwitchValue:
        """Turn a value of JSON or of the command line into this switch's type."""
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            if str(value).lower() in {"true", "on", "yes", "1"}:
                return True
            if str(value).lower() in {"false", "off", "no", "0"}:
                return False
            message = f"switch {self.name}: {value!r} is not true or false"
            raise SwitchError(message)
        if isinstance(self.default, str):
            if self.choices and value not in self.choices:
                message = f"switch {self.name}: {value!r} is none of {', '.join(self.choices)}"
                raise SwitchError(message)
            return str(value)
        try:
            return type(self.default)(str(value))
        except ValueError:
            message = f"switch {self.name}: {value!r} is not a number"
            raise SwitchError(message) from None


SFMC_SWITCHES = (
    Switch(
        "sfmc.token_seconds",
        1079,
        "expires_in of an access token, and how long it really lives",
        "recorded answers say 1079; the documentation says 20 minutes",
    ),
    Switch(
        "sfmc.package_scopes",
        "",
        "scopes of the installed package, separated by blanks; empty = all",
        "what an administrator ticked",
    ),
    Switch(
        "sfmc.rowset_page_cap",
        2500,
        "largest page of a rowset; a larger $pagesize is cut to it and echoed",
        "2,500 is documented; whether more is cut or refused is open",
    ),
    Switch(
        "sfmc.rowset_filter",
        "honoured",
        "what the rowset does with $filter",
        "many production clients filter; one tenant's notes and AWS Glue's say it has no effect",
        ("honoured", "ignored"),
    ),
    Switch(
        "sfmc.rowset_order",
        "honoured",
        "what the rowset does with $orderBy; within_pages sorts only the rows of each page, first_pages only "
        "two pages",
        "open: clients send it, nobody has checked deep pages",
        ("honoured", "ignored", "within_pages", "first_pages"),
    ),
    Switch(
        "sfmc.rowset_default_order",
        "insertion",
        "order of rows without $orderBy; shuffled differs at each request",
        "documented as not guaranteed; observed as insertion order",
        ("insertion", "shuffled"),
    ),
    Switch(
        "sfmc.rowset_snapshot",
        "row_ids",
        "what a requestToken holds: the row ids (values are read live), the rows, or only the query",
        "open: the token is meant as a cursor, isolation is not documented",
        ("row_ids", "rows", "query"),
    ),
    Switch(
        "sfmc.request_token_seconds",
        600,
        "life of a requestToken",
        "open: no recorded answer shows both the time of the request and the expiry",
    ),
    Switch(
        "sfmc.top_limits_count",
        True,
        "count of a rowset with $top is that of the limited rows",
        "open: $top is sent and echoed, no recorded answer shows a count beside it",
    ),
    Switch(
        "sfmc.rowset_custom_object_key",
        False,
        "the rowset sorts and filters by _CustomObjectKey",
        "open",
    ),
    Switch(
        "sfmc.soap_null",
        "empty_value",
        "how SOAP renders a null in a row: `<Value />`, or no Value at all",
        "reports conflict; a tap with years of production needs `<Value />`",
        ("empty_value", "no_value"),
    ),
    Switch(
        "sfmc.soap_unlisted_properties",
        "no_rows",
        "a row retrieve with no Properties or with *: OK and no rows, or an error",
        "both reported",
        ("no_rows", "error"),
    ),
    Switch(
        "sfmc.soap_bad_column",
        "error",
        "a row retrieve that names a column which does not exist: an error, or OK and no rows",
        "both reported",
        ("error", "no_rows"),
    ),
    Switch(
        "sfmc.request_id_once",
        False,
        "a RequestID can be continued from only once",
        "open; a client that lost an answer asks again with the same one",
    ),
    Switch(
        "sfmc.soap_batch_cap",
        2500,
        "largest batch of a SOAP Retrieve",
        "documented",
    ),
    Switch(
        "sfmc.soap_definition_paging",
        True,
        "Retrieve of DataExtension and DataExtensionField is cut into batches too",
        "a tap's log shows 2500/2500/2500/707; one tenant answered a whole inventory at once",
    ),
    Switch(
        "sfmc.soap_field_filter",
        "honoured",
        "Retrieve of DataExtensionField with a filter: honoured, or HTTP 500",
        "most tenants honour it; one answers 500",
        ("honoured", "error_500"),
    ),
    Switch(
        "sfmc.orphan_fields",
        False,
        "Retrieve of DataExtensionField also gives the fields of data extensions that were deleted",
        "users of two clients report it; such a client's discovery then fails",
    ),
    Switch(
        "sfmc.no_category",
        "zero",
        "CategoryID by SOAP of a data extension that lies in no folder: 0, or no element",
        "users of a deployment tool report that it is missing; a tap in production needs it",
        ("zero", "absent"),
    ),
    Switch(
        "sfmc.soap_key_filter",
        "honoured",
        "filter on DataExtension.CustomerKey: honoured, or 'String or binary data would be truncated.'",
        "seen on some tenants for some keys",
        ("honoured", "truncated"),
    ),
    Switch(
        "sfmc.soap_expired_token",
        "fault",
        "an expired token on SOAP: the documented fault, or an empty HTTP 500",
        "recorded as a fault; one tenant answers an empty 500",
        ("fault", "empty_500"),
    ),
    Switch(
        "sfmc.soap_describe",
        "full",
        "Describe: the properties, or only a RequestID",
        "recorded as full; at least one tenant answers only a RequestID",
        ("full", "request_id_only"),
    ),
    Switch(
        "sfmc.soap_date_normalisation",
        True,
        "a DateValue with a zone is converted to the server's clock",
        "documented; can be switched off per account",
    ),
    Switch(
        "sfmc.custom_object_key_by_soap",
        True,
        "_CustomObjectKey can be requested and filtered in a SOAP row retrieve",
        "two taps request it; filtering by it is open",
    ),
    Switch(
        "sfmc.search_lag_seconds",
        0.0,
        "age at which a new data extension appears in the customobjects search",
        "about 8 seconds observed; 0 keeps tests quick",
    ),
    Switch(
        "sfmc.search_empty_lists_all",
        False,
        "customobjects search with $search= or %25 lists everything",
        "open",
    ),
    Switch(
        "sfmc.empty_category",
        "empty",
        "customobjects of a category that holds none: an empty list, or 404",
        "404 was seen",
        ("empty", "not_found"),
    ),
    Switch(
        "sfmc.async_seconds",
        0.0,
        "how long an asynchronous row write stays Pending",
        "open; 0 keeps tests quick",
    ),
    Switch(
        "sfmc.out_of_range_page",
        "no_items",
        "a page past the end: 200 without items, or 404",
        "open",
        ("no_items", "not_found"),
    ),
    Switch(
        "sfmc.wrong_account_status",
        400,
        "HTTP status for an account_id that the package has no access to",
        "the text is known, the status (400, 401 or 403) is open",
    ),
    Switch(
        "sfmc.max_concurrent_requests",
        0,
        "REST requests at the same time beyond which 429 / 50200 is answered; 0 = no limit",
        "the error code is documented, the number is not",
    ),
    Switch(
        "sfmc.requests_per_second",
        0,
        "REST requests in a second beyond which 429 / 50100 with Retry-After is answered; 0 = no limit",
        "the error code is documented, the number is not",
    ),
    Switch(
        "sfmc.clock_skew_seconds",
        0.0,
        "how far the server's clock is ahead of this machine's, in its Date headers and in what it stores",
        "machines differ",
    ),
    Switch(
        "sfmc.encrypted_text",
        "cipher",
        "how values of encrypted fields are rendered",
        "open",
        ("cipher", "masked"),
    ),
)

# The AEP half of the table; see emulator/aep.
AEP_SWITCHES: tuple[Switch, ...] = (
    Switch(
        "aep.token_seconds",
        86_399,
        "expires_in of an access token, and how long it really lives",
        "documented as about 24 hours",
    ),
    Switch(
        "aep.promotion_seconds",
        0.3,
        "time from COMPLETE to the terminal status of a small batch",
        "open: minutes in practice, nothing is promised; short to keep tests quick",
    ),
    Switch(
        "aep.clock_skew_seconds",
        0.0,
        "how far the server's clock is ahead of this machine's, in its Date headers and in what it stores",
        "machines differ",
    ),
    Switch(
        "aep.revert_seconds",
        1.0,
        "time from REVERT (inactive) until the batch is deleted",
        "documented as asynchronous, without a time",
    ),
    Switch(
        "aep.catalog_lag_seconds",
        0.0,
        "age at which a new batch appears in Catalog listings; a lookup by id always finds it",
        "open",
    ),
    Switch(
        "aep.catalog_error_body",
        "placeholder",
        "shape of error bodies of Catalog, batch import and Data Access",
        "the OpenAPI files have none; the documentation shows the placeholder shape for some",
        ("placeholder", "message", "gateway", "text", "empty"),
    ),
    Switch(
        "aep.unknown_fields",
        "refused",
        "a JSON row with a field that the schema does not have: a bad row, or the field is dropped",
        "open for batches; streaming ingestion refuses such rows",
        ("refused", "dropped"),
    ),
    Switch(
        "aep.json_null",
        "refused",
        "a JSON field that is null: a bad row, or taken as absent",
        "the documentation says that null is accepted for no field",
        ("refused", "absent"),
    ),
    Switch(
        "aep.local_timestamps",
        "as_utc",
        "a Parquet timestamp without zone: taken as UTC, or the batch fails",
        "open: the documented type is TIMESTAMP_MILLIS, which older readers take as UTC",
        ("as_utc", "refused"),
    ),
    Switch(
        "aep.abort_after_complete",
        "refused",
        "ABORT between COMPLETE and the terminal status",
        "Adobe's pages contradict each other",
        ("refused", "accepted"),
    ),
    Switch(
        "aep.relational_changes",
        "refused",
        "_change_request_type in a file for a relational schema: a field that the schema does not have, "
        "dropped, or honoured (u and d by primary key and version)",
        "documented for file and warehouse sources, with no example for the batch API",
        ("refused", "ignored", "honoured"),
    ),
    Switch(
        "aep.duplicate_external_id",
        "accepted",
        "a second batch with the same externalId: another batch, or 409",
        "open: the id is only expected to be unique",
        ("accepted", "refused"),
    ),
    Switch(
        "aep.missing_permissions",
        "",
        "permissions that the credential's role lacks, e.g. manage-datasets,view-schemas",
        "the shapes of the refusals were reported from live organisations",
    ),
    Switch(
        "aep.duplicate_descriptor",
        "refused",
        "a second descriptor of the same type, field and namespace",
        "open",
        ("refused", "accepted"),
    ),
)

SWITCHES: Mapping[str, Switch] = {switch.name: switch for switch in (*SFMC_SWITCHES, *AEP_SWITCHES)}


def markdown_table() -> str:
    """The table as the README shows it."""
    lines = ["| switch | default | meaning | evidence |", "|---|---|---|---|"]
    for switch in SWITCHES.values():
        default = str(switch.default).lower() if isinstance(switch.default, bool) else str(switch.default)
        values = f" ({', '.join(f'`{choice}`' for choice in switch.choices)})" if switch.choices else ""
        shown = f"`{default}`" if default else "(empty)"
        lines.append(f"| `{switch.name}` | {shown} | {switch.meaning}{values} | {switch.evidence} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown_table())
