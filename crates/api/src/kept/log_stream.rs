//! Log streams: where the tenant's log is to be sent. Those of the type `http` are sent to, all others are kept.

use serde_json::{Map, Value, json};

use super::drawn::Form;
use super::resource::{Family, ID, Listing, New, Resource, defaults};
use crate::check;
use crate::field::{Field, Shape, Verb, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};
use crate::operation::{Operation, Told};

const KIND: Kind = Kind::new(
    Name { one: "log stream", many: "log_streams", path: "log-streams" },
    "The log stream does not exist.",
    FIELDS,
    &[
        ID,
        Field::told("name", Shape::text(250)),
        Field::told("status", STATUS),
        Field::told("type", TYPES),
        Field::told("sink", Shape::Free { most: 20 }),
    ],
);

/// Where the log is sent.
pub const STREAMS: Resource = Resource {
    secrets: &["sink"],
    family: Family::Owners(&[POSITIONS]),
    listing: Listing::Plain,
    make: complete,
    change: |stream, _, new| fitting(stream, new),
    beside: Some(position),
    unheeded,
    tell: masked,
    ..Resource::new(
        (&KIND, "log_streams", "Log streams"),
        ("/api/v2/log-streams", "/api/v2/log-streams/{id}"),
        Form::Digits("lst_", 16),
    )
};

pub(super) const TABLE: &[Operation] = &[
    STREAMS.lists("List log streams", &["read:log_streams"]),
    STREAMS.makes("Make a log stream", &["create:log_streams"]).with(200, Told::Whole(&KIND)),
    STREAMS.reads("Read a log stream", &["read:log_streams"]),
    STREAMS.changes("Change a log stream", &["update:log_streams"]),
    STREAMS.deletes("Delete a log stream", &["delete:log_streams"]),
];

const STATUS: Shape = Shape::OneOf(&["active", "paused", "suspended"]);
const TEXT: Shape = Shape::some_text(2_000);
const ACCOUNT: Shape = Shape::Text { least: 12, most: 12, format: Format::Digits };

const FIELDS: &[Field] = &[
    Field::shown("name", Shape::text(250)),
    Field::obeyed("type", TYPES).when(Write::Demanded),
    Field::obeyed("status", STATUS).when(Write::Update),
    Field::kept("isPriority", Shape::Flag),
    Field::obeyed("filters", Shape::List { of: &FILTER, most: 50 }),
    Field::kept("pii_config", Shape::Object(PERSONAL)),
    Field::obeyed("sink", Shape::Free { most: 20 }).when(Write::Demanded),
    Field::obeyed("sink", Shape::Free { most: 20 }).when(Write::Update),
    Field::obeyed("startFrom", Shape::formatted(Format::DateTime)).when(Write::Create),
];

const TYPES: Shape = Shape::OneOffered {
    offered: &["http"],
    inert: &["eventbridge", "eventgrid", "datadog", "splunk", "sumo", "segment", "mixpanel"],
    others: &[],
};

const FILTER: Shape = Shape::Object(&[
    Field::obeyed("type", Shape::OneOf(&["category"])),
    Field::obeyed(
        "name",
        Shape::OneOffered {
            offered: &[
                "auth.login.fail",
                "auth.login.notification",
                "auth.login.success",
                "auth.logout.fail",
                "auth.logout.success",
                "auth.signup.fail",
                "auth.signup.success",
                "auth.silent_auth.fail",
                "auth.silent_auth.success",
                "auth.token_exchange.fail",
                "auth.token_exchange.success",
                "management.fail",
                "management.success",
                "scim.event",
                "system.notification",
                "user.fail",
                "user.notification",
                "user.success",
                "actions",
                "other",
            ],
            // Which entries these are is not known.
            inert: &["security"],
            others: &[],
        },
    ),
]);

const PERSONAL: &[Field] = &[
    Field::kept(
        "log_fields",
        Shape::List {
            of: &Shape::OneOf(&["first_name", "last_name", "username", "email", "phone", "address"]),
            most: 6,
        },
    )
    .when(Write::Within),
    Field::kept("method", Shape::OneOf(&["mask", "hash"])),
    Field::kept("algorithm", Shape::OneOf(&["xxhash"])),
];

/// What the sink of each type looks like.
const SINKS: &[(&str, &[Field])] = &[
    (
        "http",
        &[
            Field::kept("httpAuthorization", TEXT),
            Field::kept("httpContentFormat", Shape::OneOf(&["JSONARRAY", "JSONLINES", "JSONOBJECT"])),
            Field::kept("httpContentType", TEXT),
            Field::kept("httpEndpoint", Shape::formatted(Format::Endpoint)).when(Write::Within),
            Field::kept(
                "httpCustomHeaders",
                Shape::List {
                    of: &Shape::Open(&[Field::kept("header", TEXT), Field::kept("value", TEXT)]),
                    most: 1_000,
                },
            ),
        ],
    ),
    (
        "eventbridge",
        &[
            Field::kept("awsAccountId", ACCOUNT).when(Write::Within),
            Field::kept("awsRegion", Shape::OneOf(REGIONS_OF_EVENTBRIDGE)).when(Write::Within),
            Field::kept("awsPartnerEventSource", TEXT),
        ],
    ),
    (
        "eventgrid",
        &[
            Field::kept("azureSubscriptionId", TEXT).when(Write::Within),
            Field::kept("azureRegion", Shape::OneOf(REGIONS_OF_EVENTGRID)).when(Write::Within),
            Field::kept("azureResourceGroup", TEXT).when(Write::Within),
            Field::kept("azurePartnerTopic", TEXT),
        ],
    ),
    (
        "datadog",
        &[
            Field::kept("datadogApiKey", TEXT).when(Write::Within),
            Field::kept("datadogRegion", Shape::OneOf(&["us", "eu", "us3", "us5"])).when(Write::Within),
        ],
    ),
    (
        "splunk",
        &[
            Field::kept("splunkDomain", TEXT).when(Write::Within),
            Field::kept("splunkPort", TEXT).when(Write::Within),
            Field::kept("splunkToken", TEXT).when(Write::Within),
            Field::kept("splunkSecure", Shape::Flag).when(Write::Within),
        ],
    ),
    ("sumo", &[Field::kept("sumoSourceAddress", TEXT).when(Write::Within)]),
    ("segment", &[Field::kept("segmentWriteKey", TEXT).when(Write::Within)]),
    (
        "mixpanel",
        &[
            Field::kept("mixpanelRegion", Shape::OneOf(&["us", "eu"])).when(Write::Within),
            Field::kept("mixpanelProjectId", TEXT).when(Write::Within),
            Field::kept("mixpanelServiceAccountUsername", TEXT).when(Write::Within),
            Field::kept("mixpanelServiceAccountPassword", TEXT).when(Write::Within),
        ],
    ),
];

const REGIONS_OF_EVENTBRIDGE: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const REGIONS_OF_EVENTGRID: &[&str] = &[
    "australiacentral",
    "australiaeast",
    "australiasoutheast",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "japaneast",
    "japanwest",
    "koreacentral",
    "koreasouth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
];

fn complete(stream: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    let name = json!(format!("Log stream {}", new.id));
    defaults(stream, [("name", name), ("status", json!("active")), ("isPriority", json!(false))]);
    if stream.get("isPriority") == Some(&json!(true)) {
        defaults(stream, [("filters", json!([{ "type": "category", "name": "security" }]))]);
    }
    fitting(stream, new)
}

/// Where what is sent begins, which nobody is told.
fn position(stream: &mut Map<String, Value>, new: &New<'_>) -> Option<(&'static str, Value)> {
    let since = stream.remove("startFrom").unwrap_or_else(|| new.at.into());
    Some((POSITIONS, json!({ "id": new.second, "since": since })))
}

/// Where it is kept how far each stream has come.
pub const POSITIONS: &str = "log_stream_positions";

fn unheeded(stream: &Map<String, Value>) -> &'static [&'static str] {
    let elsewhere = stream.get("type").is_some_and(|kind| kind != "http");
    match (elsewhere, stream.contains_key("pii_config")) {
        (false, false) => &[],
        (false, true) => &["pii_config"],
        (true, false) => &["type"],
        (true, true) => &["pii_config", "type"],
    }
}

/// What a request says besides is a header, and none by which a body is cut or sent elsewhere (RFC 9110 §5, RFC 9112 §6).
fn plain(sink: &Map<String, Value>) -> Result<(), Invalid> {
    let wrong = |path: &str, found: &str| {
        let fault = Fault::Format { format: "http-header", found: found.to_owned() };
        Err(Invalid::body(format!("sink.{path}"), fault))
    };
    let value = |text: &str| text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    let text = |name: &str| sink.get(name).and_then(Value::as_str).unwrap_or_default();
    for name in ["httpAuthorization", "httpContentType"] {
        if !value(text(name)) {
            return wrong(name, "");
        }
    }
    let headers = sink.get("httpCustomHeaders").and_then(Value::as_array);
    for header in headers.into_iter().flatten() {
        let part = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = part("header");
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let ours = OURS.iter().any(|own| own.eq_ignore_ascii_case(name));
        if name.is_empty() || !name.bytes().all(token) || ours || !value(part("value")) {
            return wrong("httpCustomHeaders", name);
        }
    }
    Ok(())
}

/// Headers that nobody but us writes.
const OURS: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The sink is one of the stream's type.
fn fitting(stream: &mut Map<String, Value>, new: &New<'_>) -> Result<(), Invalid> {
    if let Some(Value::Object(personal)) = stream.get_mut("pii_config") {
        defaults(personal, [("method", json!("hash")), ("algorithm", json!("xxhash"))]);
    }
    let kind = stream.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(Value::Object(sink)) = stream.get_mut("sink") else {
        return Err(Invalid::body("", Fault::Missing("sink")));
    };
    let told = match kind.as_str() {
        "eventbridge" => Some("awsPartnerEventSource"),
        "eventgrid" => Some("azurePartnerTopic"),
        _ => None,
    };
    let known = told.and_then(|name| sink.remove(name));
    if let Some((_, fields)) = SINKS.iter().find(|(name, _)| *name == kind) {
        check::object(fields, sink, Verb::Create, "sink")?;
    }
    plain(sink)?;
    if let Some(name) = told {
        let source = || format!("keybound/{}-{}/logs", new.tenant, new.id).into();
        sink.insert(name.to_owned(), known.unwrap_or_else(source));
    }
    Ok(())
}

/// A password is never told.
fn masked(stream: &mut Map<String, Value>) {
    if let Some(password) =
        stream.get_mut("sink").and_then(|sink| sink.get_mut("mixpanelServiceAccountPassword"))
    {
        *password = "********".into();
    }
}
