//! The tenant log, and what it adds up to.

use super::{
    Field,
    Guard::Any,
    Method::*,
    Operation, Shape, Told,
    parameters::{PAGES, SELECTION, SORT, TEXT},
    row,
};
use crate::{format::Format, log, page::MOST};

const LOGS: &str = "Logs";
const STATS: &str = "Stats";

pub(super) const TABLE: &[Operation] = &[
    row((Get, "/api/v2/logs"), "Search the log", LOGS, Any(READ))
        .query(&[PAGES, CHECKPOINT, SORT, SELECTION, SEARCH])
        .tells(Told::Paged(&log::KIND)),
    row((Get, "/api/v2/logs/{id}"), "Read an entry of the log", LOGS, Any(READ))
        .tells(Told::Whole(&log::KIND)),
    row((Get, "/api/v2/users/{id}/logs"), "What the log says of a user", LOGS, Any(READ))
        .query(&[PAGES, SORT])
        .tells(Told::Paged(&log::KIND)),
    row((Get, "/api/v2/stats/daily"), "Count what happened each day", STATS, Any(&["read:stats"]))
        .query(&[&[Field::maybe("from", TEXT), Field::maybe("to", TEXT)]])
        .tells(Told::Shape(Shape::List { of: &DAY, most: usize::MAX })),
    row((Get, "/api/v2/stats/active-users"), "Count who signed in", STATS, Any(&["read:stats"]))
        .tells(Told::Shape(Shape::Number { least: 0, most: i64::MAX })),
];

const READ: &[&str] = &["read:logs", "read:logs_users"];

/// After which entry: its own id, as it is.
const CHECKPOINT: &[Field] =
    &[Field::maybe("from", TEXT), Field::maybe("take", Shape::Number { least: 1, most: MOST as i64 })];

/// Auth0 documents one name, and everybody uses the other.
const SEARCH: &[Field] = &[Field::maybe("q", TEXT), Field::maybe("search", TEXT)];

const DAY: Shape = Shape::Object(&[
    Field::told("date", Shape::formatted(Format::DateTime)),
    Field::told("logins", COUNT),
    Field::told("signups", COUNT),
    Field::told("leaked_passwords", COUNT),
    Field::told("created_at", Shape::formatted(Format::DateTime)),
    Field::told("updated_at", Shape::formatted(Format::DateTime)),
]);

const COUNT: Shape = Shape::Number { least: 0, most: i64::MAX };
