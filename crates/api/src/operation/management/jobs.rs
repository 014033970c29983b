//! Jobs over many users.

use super::{
    Body, Dialect, Field,
    Guard::{Any, Anybody},
    Method::*,
    Operation, Shape, Told, new,
    parameters::TEXT,
    row,
};
use crate::job;

const JOBS: &str = "Jobs";

pub(super) const TABLE: &[Operation] = &[
    row((Post, "/api/v2/jobs/users-imports"), "Import users from a file", JOBS, Any(&["create:users"]))
        .takes(Body::Multipart(FORM))
        .with(202, Told::Whole(&job::KIND)),
    row((Post, "/api/v2/jobs/users-exports"), "Export users to a file", JOBS, Any(&["read:users"]))
        .takes(new(&job::EXPORT))
        .tells(Told::Whole(&job::KIND)),
    row((Get, "/api/v2/jobs/{id}"), "How a job goes", JOBS, Any(&["create:users", "read:users"]))
        .tells(Told::Whole(&job::KIND)),
    row(
        (Get, "/api/v2/jobs/{id}/errors"),
        "What went wrong with each user of a file",
        JOBS,
        Any(&["create:users", "read:users"]),
    )
    .tells(Told::Shape(Shape::Either(&[job::ERRORS, Shape::Object(job::TOLD)])))
    .also(&[204]),
    Operation::new(
        (Get, "/files/{id}"),
        "The file that a job made; the address that a job tells is whole",
        JOBS,
        (Dialect::OAuth, Anybody),
    )
    .query(&[&[Field::told("key", TEXT)]])
    .tells(Told::Media("application/x-ndjson", TEXT)),
];

/// The parts of the form.
const FORM: Shape = Shape::Object(job::FORM);
