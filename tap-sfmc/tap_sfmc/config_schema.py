"""The settings as a user sees them: names, titles, descriptions, defaults.

``tap-sfmc --about``, the README's table and ``plugin.yml`` are generated from here.
"""

from __future__ import annotations

from singer_sdk import typing as th

_CONNECTION = (
    th.Property(
        "base_endpoint",
        th.StringType,
        required=True,
        title="Base endpoint",
        description="Authentication Base URI of the installed package, or its first part (28 characters).",
        examples=["https://YOUR_SUBDOMAIN.auth.marketingcloudapis.com/"],
    ),
    th.Property(
        "client_id", th.StringType, required=True, title="Client ID", description="Of the installed package."
    ),
    th.Property(
        "client_secret",
        th.StringType,
        required=True,
        secret=True,
        title="Client secret",
        description="Of the installed package.",
    ),
    th.Property(
        "account_id",
        th.StringType,
        title="Account ID",
        description="MID of the business unit to read. By default, the one that owns the installed package.",
    ),
    th.Property(
        "account_ids",
        th.ArrayType(th.StringType),
        title="Account IDs",
        description="Several MIDs: the short form of business_units, with each MID as its own alias.",
    ),
    th.Property(
        "business_units",
        th.ArrayType(
            th.ObjectType(
                th.Property("account_id", th.StringType, required=True, description="The MID."),
                th.Property(
                    "alias", th.StringType, required=True, description="In front of its streams' names."
                ),
            )
        ),
        title="Business units",
        description="Business units to read in one run. With several, stream names start with the alias.",
    ),
    th.Property(
        "allowed_hosts",
        th.ArrayType(th.StringType),
        title="Allowed hosts",
        description="Hosts outside marketingcloudapis.com that may be given a token: a gateway of yours.",
    ),
)

_SELECTION = (
    th.Property(
        "include",
        th.ArrayType(th.StringType),
        title="Include",
        description="Globs over name, key, folder path or stream name: only what matches one is a stream.",
    ),
    th.Property(
        "exclude",
        th.ArrayType(th.StringType),
        title="Exclude",
        description="Globs over name, key, folder path or stream name: what matches one is no stream.",
    ),
    th.Property(
        "system_data_extensions",
        th.BooleanType,
        default=False,
        title="System data extensions",
        description="Also offer the ones that the Marketing Cloud creates for itself.",
    ),
    th.Property(
        "shared_data_extensions",
        th.BooleanType,
        default=True,
        title="Data extensions of the parent",
        description="Also offer what the parent account shares or synchronises, if the package reaches it.",
    ),
    th.Property(
        "stream_aliases",
        th.ObjectType(additional_properties=th.StringType),
        title="Stream aliases",
        description="Stream names of your choice, by data extension key.",
    ),
)

_INCREMENTAL = (
    th.Property(
        "replication_keys",
        th.ObjectType(additional_properties=th.AnyOf(th.StringType(), th.NullType())),
        title="Replication keys",
        description=(
            "Date or Number field by stream name or glob (the first that matches), `null` for a full table. "
            "Without an entry, a field that is named as a modification date is taken."
        ),
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Incremental streams with a Date key start here when there is no bookmark.",
    ),
    th.Property(
        "overlap_seconds",
        th.IntegerType(minimum=1),
        default=300,
        title="Overlap",
        description="Seconds that a run reads back behind its bookmark. What was seen is not emitted again.",
    ),
    th.Property(
        "dedupe_limit",
        th.IntegerType(minimum=0),
        default=10_000,
        title="De-duplication limit",
        description="Rows in the overlap that a bookmark remembers. Beyond, rows are emitted again.",
    ),
    th.Property(
        "null_replication_keys",
        th.StringType,
        default="emit",
        allowed_values=["emit", "skip", "fail", "always"],
        title="Rows without replication key",
        description=(
            "`emit` them when a full read sees them, `skip` them, `fail` the stream, "
            "or look for them and emit them `always`, in each run."
        ),
    ),
    th.Property(
        "full_refresh_every",
        th.IntegerType(minimum=1),
        title="Full refresh every … days",
        description="Read incremental streams whole again after so many days: a backstop.",
    ),
    th.Property(
        "timezone",
        th.StringType,
        default="-06:00",
        title="Time zone",
        description="Clock that dates are stored in: an offset or a zone name. SFMC's own is UTC-6.",
    ),
    th.Property(
        "timezones",
        th.ObjectType(additional_properties=th.StringType),
        title="Time zones by field",
        description="Other clocks by `stream.Field` or glob, for dates imported as another clock's readings.",
    ),
)

_READING = (
    th.Property(
        "extraction",
        th.StringType,
        default="auto",
        allowed_values=["auto", "rest", "soap"],
        title="Extraction",
        description="`rest`, `soap`, or `auto`: REST, and SOAP where REST turns out not to be faithful.",
    ),
    th.Property(
        "soap_streams",
        th.ArrayType(th.StringType),
        title="SOAP streams",
        description="Globs of streams that are read by SOAP whatever `extraction` says.",
    ),
    th.Property(
        "custom_object_key",
        th.BooleanType,
        default=False,
        title="_CustomObjectKey",
        description="Read data extensions without primary key by SOAP, keyed by their hidden row number.",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=2500),
        default=2500,
        title="Page size",
        description="Rows per request. 2,500 is the most that the Marketing Cloud gives.",
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=32),
        default=4,
        title="Concurrency",
        description="Pages that are requested at the same time.",
    ),
    th.Property(
        "requests_per_minute",
        th.IntegerType(minimum=0),
        default=0,
        title="Requests per minute",
        description="Most requests a minute, over all business units; 0 for no limit.",
    ),
    th.Property(
        "max_requests",
        th.IntegerType(minimum=0),
        default=0,
        title="Requests per run",
        description="Stop with exit code 75 after so many requests; 0 for no limit. The next run goes on.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=300,
        title="Time-out",
        description="Seconds to wait for an answer.",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0),
        default=6,
        title="Retries",
        description="How often a request that failed in passing (429, 5xx, connection lost) is repeated.",
    ),
    th.Property(
        "state_every_rows",
        th.IntegerType(minimum=1),
        default=100_000,
        title="State every … rows",
        description="Rows between two states within a stream, where the server proves to order it.",
    ),
    th.Property(
        "max_rows_per_stream",
        th.IntegerType(minimum=1),
        title="Rows per stream",
        description="For a first look: stop each stream after so many rows, and write no state.",
    ),
)

_DELETES = (
    th.Property(
        "detect_deletes",
        th.ArrayType(th.StringType),
        title="Detect deletes",
        description="Globs of streams whose vanished rows are emitted once more, with `_sdc_deleted_at` set.",
    ),
    th.Property(
        "max_delete_percent",
        th.NumberType(minimum=0, maximum=100),
        default=20,
        title="Most deletes",
        description="A stream that lost more than this share of its rows since the last run is stopped.",
    ),
    th.Property(
        "key_store",
        th.StringType,
        default=".tap-sfmc/keys",
        title="Key store",
        description="Directory with the primary keys of the streams in detect_deletes, as of the last run.",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="ACTIVATE_VERSION",
        description="Write ACTIVATE_VERSION for full-table streams, so that a target can drop what is gone.",
    ),
)

_BATCH = (
    th.Property(
        "batch_config",
        th.ObjectType(
            th.Property(
                "encoding",
                th.ObjectType(
                    th.Property("format", th.StringType, allowed_values=["jsonl", "parquet"], title="Format"),
                    th.Property(
                        "compression",
                        th.StringType,
                        allowed_values=["gzip", "snappy", "zstd", "none"],
                        title="Compression",
                        description="JSONL: gzip or none. Parquet: snappy (the default), zstd or none.",
                    ),
                ),
                title="Encoding",
            ),
            th.Property(
                "storage",
                th.ObjectType(
                    th.Property(
                        "root", th.StringType, title="Root", description="Directory or URL (file, s3, gs, …)."
                    ),
                    th.Property(
                        "prefix", th.StringType, title="Prefix", description="In front of each file's name."
                    ),
                    th.Property(
                        "params", th.ObjectType(), title="Parameters", description="For the file system."
                    ),
                ),
                title="Storage",
            ),
            th.Property("batch_size", th.IntegerType(minimum=1), title="Rows per file", default=250_000),
        ),
        title="Batch files",
        description="Write rows to files and BATCH messages that name them, instead of RECORD messages.",
    ),
)

CONFIG_JSONSCHEMA = th.PropertiesList(
    *_CONNECTION, *_SELECTION, *_INCREMENTAL, *_READING, *_DELETES, *_BATCH
).to_dict()
