//! Entries of the tenant log.

use crate::field::{Field, Shape};
use crate::format::Format;
use crate::kind::{Kind, Name};

/// What is told of an entry. Nobody writes one.
pub const KIND: Kind = Kind {
    name: Name { one: "log", many: "logs", path: "logs" },
    fields: &[],
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "Log not found.",
    absent_code: "",
};

const TEXT: Shape = Shape::text(usize::MAX);

const TOLD: &[Field] = &[
    Field::told("_id", TEXT),
    Field::told("log_id", TEXT),
    Field::told("date", Shape::formatted(Format::DateTime)),
    Field::told("type", TEXT),
    Field::told("description", TEXT),
    Field::told("hostname", TEXT),
    Field::told("tenant_name", TEXT),
    Field::told("isMobile", Shape::Flag),
    Field::told("details", Shape::Any),
    Field::maybe("connection", TEXT),
    Field::maybe("connection_id", TEXT),
    Field::maybe("strategy", TEXT),
    Field::maybe("strategy_type", TEXT),
    Field::maybe("client_id", TEXT),
    Field::maybe("client_name", TEXT),
    Field::maybe("user_id", TEXT),
    Field::maybe("user_name", TEXT),
    Field::maybe("organization_id", TEXT),
    Field::maybe("organization_name", TEXT),
    Field::maybe("audience", TEXT),
    Field::maybe("scope", TEXT),
    Field::maybe("ip", TEXT),
    Field::maybe("user_agent", TEXT),
    Field::maybe("references", Shape::Any),
    Field::maybe("auth0_client", Shape::Any),
];
