//! Whatever the API tells or takes has a place in the documents of the management client: by its name, or in `more`.

use keybound_api::{
    Field, Kind, Shape,
    operation::{self, Body, Operation, Told},
};
use keybound_client::management::{
    Application, AuthenticationMethod, Block, Blocks, ClientGrant, Connection, ConnectionKey, Credential,
    DailyStats, DeviceCredential, Enabled, Enrollment, Grant, Identity, Job, Log, Permission, RefreshToken,
    ResourceServer, Role, Rule, RuleConfig, Scope, Session, SigningKey, TenantSettings, Ticket, User,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// What of a document did not come back as it went, and of what an operation tells or takes.
struct Seen(Vec<String>, usize);

impl Seen {
    /// Each member alone: an operation may tell any part, and a change says any part.
    fn all<T: Serialize + DeserializeOwned>(&mut self, what: &str, fields: &[Field]) {
        for field in fields {
            for sample in samples(field.shape) {
                self.one::<T>(what, field.name, &sample);
            }
            if field.nullable {
                let document = json!({ field.name: null });
                if let Err(error) = serde_json::from_value::<T>(document) {
                    self.0.push(format!("{what}: {} null: {error}", field.name));
                }
            }
        }
    }

    fn one<T: Serialize + DeserializeOwned>(&mut self, what: &str, name: &str, sample: &Value) {
        self.1 += 1;
        let document = json!({ name: sample });
        let back = serde_json::from_value::<T>(document.clone());
        match back.map(|one| serde_json::to_value(one).unwrap()) {
            Ok(back) if is_same(&document, &back) => {}
            Ok(back) => self.0.push(format!("{what}: {document} became {back}")),
            Err(error) => self.0.push(format!("{what}: {document}: {error}")),
        }
    }

    /// What operations of these names tell and take.
    fn at<T: Serialize + DeserializeOwned>(&mut self, operations: &[&str]) {
        for name in operations {
            let is_it = |row: &&'static Operation| format!("{} {}", row.method.as_str(), row.path) == *name;
            let row = operation::all().find(is_it).unwrap_or_else(|| panic!("no operation {name}"));
            match row.told {
                Told::Checkpoints(kind)
                | Told::Counted(kind)
                | Told::List(kind)
                | Told::Named(kind)
                | Told::Paged(kind)
                | Told::Part(kind)
                | Told::Whole(kind) => self.all::<T>(name, &told(kind)),
                Told::Shape(shape) | Told::Media(_, shape) => self.all::<T>(name, &members(shape)),
                Told::Nothing | Told::Page => {}
            }
            match row.body {
                Body::Kind(kind, _) | Body::Maybe(kind, _) => self.all::<T>(name, kind.fields),
                Body::Shape(shape) => self.all::<T>(name, &members(shape)),
                Body::Form(_) | Body::Multipart(_) | Body::None => {}
            }
        }
    }
}

/// What is told of a kind: what may be written, unless it is untold or told otherwise.
fn told(kind: &Kind) -> Vec<Field> {
    let otherwise = |name: &str| kind.told.iter().any(|field| field.name == name);
    let written =
        kind.fields.iter().filter(|field| !kind.untold.contains(&field.name) && !otherwise(field.name));
    written.chain(kind.told).copied().collect()
}

/// The members of an object, or of what is in a list.
fn members(shape: Shape) -> Vec<Field> {
    match shape {
        Shape::Object(fields) | Shape::Open(fields) => fields.to_vec(),
        Shape::List { of, .. } => members(*of),
        Shape::Either(shapes) => shapes.iter().copied().flat_map(members).collect(),
        _ => Vec::new(),
    }
}

/// Values of a shape: at its ends, and of an object whole and each member alone.
fn samples(shape: Shape) -> Vec<Value> {
    match shape {
        Shape::Any => vec![json!("any"), json!({ "any": [1] })],
        Shape::Either(shapes) => shapes.iter().copied().flat_map(samples).collect(),
        Shape::Flag => vec![json!(true), json!(false)],
        Shape::Free { .. } => vec![json!({}), json!({ "free": { "deep": null } })],
        Shape::Decimal { least, most } => vec![json!(least), json!(most), json!(0.5)],
        Shape::Number { least, most } => vec![json!(least), json!(most)],
        Shape::List { of, .. } => {
            samples(*of).into_iter().map(|one| json!([one])).chain([json!([])]).collect()
        }
        Shape::Map { of, .. } => samples(*of).into_iter().map(|one| json!({ "name": one })).collect(),
        Shape::Nothing => vec![Value::Null],
        Shape::Object(fields) | Shape::Open(fields) => {
            let whole: Map<String, Value> = fields
                .iter()
                .filter_map(|field| Some((field.name.to_owned(), samples(field.shape).into_iter().next()?)))
                .collect();
            let alone = fields.iter().flat_map(|field| {
                samples(field.shape).into_iter().map(|sample| json!({ field.name: sample }))
            });
            std::iter::once(whole.into()).chain(alone).collect()
        }
        Shape::OneOf(words) => words.iter().map(|word| json!(word)).collect(),
        Shape::OneOffered { offered, inert, others } => {
            offered.iter().chain(inert).chain(others).map(|word| json!(word)).collect()
        }
        Shape::Text { .. } => vec![json!(""), json!("text")],
    }
}

/// A whole number is the same with a point (RFC 8259 §6).
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| is_same(one, other)))
        }
        _ => one == other,
    }
}

macro_rules! documents {
    ($seen:ident: $($kind:ident at [$($operation:literal),* $(,)?];)*) => {
        $($seen.at::<$kind>(&[$($operation),*]);)*
        const NAMES: &[&str] = &[$(stringify!($kind)),*];
    };
}

#[test]
fn every_member_the_api_knows_goes_through_the_documents_of_the_client() {
    let mut seen = Seen(Vec::new(), 0);
    documents! { seen:
        Application at [
            "GET /api/v2/clients", "GET /api/v2/clients/{id}", "POST /api/v2/clients", "PATCH /api/v2/clients/{id}",
        ];
        Credential at ["GET /api/v2/clients/{id}/credentials", "POST /api/v2/clients/{id}/credentials"];
        ResourceServer at [
            "GET /api/v2/resource-servers/{id}", "POST /api/v2/resource-servers", "PATCH /api/v2/resource-servers/{id}",
        ];
        ClientGrant at [
            "GET /api/v2/client-grants", "POST /api/v2/client-grants", "PATCH /api/v2/client-grants/{id}",
        ];
        Connection at [
            "GET /api/v2/connections/{id}", "POST /api/v2/connections", "PATCH /api/v2/connections/{id}",
        ];
        Enabled at ["GET /api/v2/connections/{id}/clients", "PATCH /api/v2/connections/{id}/clients"];
        ConnectionKey at ["GET /api/v2/connections/{id}/keys"];
        Job at ["GET /api/v2/jobs/{id}"];
        Log at ["GET /api/v2/logs/{id}", "GET /api/v2/logs"];
        DailyStats at ["GET /api/v2/stats/daily"];
        User at ["GET /api/v2/users/{id}", "POST /api/v2/users", "PATCH /api/v2/users/{id}"];
        Session at ["GET /api/v2/sessions/{id}", "PATCH /api/v2/sessions/{id}"];
        RefreshToken at ["GET /api/v2/refresh-tokens/{id}", "PATCH /api/v2/refresh-tokens/{id}"];
        Grant at ["GET /api/v2/grants"];
        DeviceCredential at ["GET /api/v2/device-credentials", "POST /api/v2/device-credentials"];
        AuthenticationMethod at [
            "GET /api/v2/users/{id}/authentication-methods", "POST /api/v2/users/{id}/authentication-methods",
        ];
        Enrollment at ["GET /api/v2/users/{id}/enrollments"];
        Blocks at ["GET /api/v2/user-blocks", "GET /api/v2/user-blocks/{id}"];
        Role at ["GET /api/v2/roles/{id}", "POST /api/v2/roles", "PATCH /api/v2/roles/{id}"];
        Permission at ["GET /api/v2/roles/{id}/permissions", "GET /api/v2/users/{id}/permissions"];
        TenantSettings at ["GET /api/v2/tenants/settings", "PATCH /api/v2/tenants/settings"];
        SigningKey at ["GET /api/v2/keys/signing"];
        Rule at ["GET /api/v2/rules/{id}", "POST /api/v2/rules", "PATCH /api/v2/rules/{id}"];
        RuleConfig at ["GET /api/v2/rules-configs"];
        Ticket at ["POST /api/v2/tickets/email-verification"];
        // What others hold.
        Scope at [];
        Identity at [];
        Block at [];
    }
    let kinds = [
        include_str!("../../src/management/kinds/apis.rs"),
        include_str!("../../src/management/kinds/applications.rs"),
        include_str!("../../src/management/kinds/connections.rs"),
        include_str!("../../src/management/kinds/jobs.rs"),
        include_str!("../../src/management/kinds/logs.rs"),
        include_str!("../../src/management/kinds/people.rs"),
        include_str!("../../src/management/kinds/roles.rs"),
        include_str!("../../src/management/kinds/tenant.rs"),
    ];
    let documents: usize = kinds.iter().map(|source| source.matches("document! {\n").count()).sum();
    assert_eq!(documents, NAMES.len(), "a document is not in the table");
    assert!(seen.1 > 1_000, "only {}", seen.1);
    assert!(seen.0.is_empty(), "{} of {}:\n{}", seen.0.len(), seen.1, seen.0.join("\n"));
}
