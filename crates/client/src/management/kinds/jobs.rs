//! Work that takes a while.

use http::Method;
use keybound_proto::jose::encode_base64url;
use serde::Serialize;
use serde_json::Value;

use super::super::{
    Call, Collection, Members,
    collection::{collections, kind},
    document::document,
};
use crate::{Ambient as _, System};

document! {
    /// Work that takes a while.
    Job {
        /// Its id.
        id: String,
        /// What it does: `users_import`, `users_export`, `verification_email`.
        r#type: String,
        /// `pending`, `processing`, `completed`, `failed`.
        status: String,
        /// The connection.
        connection_id: String,
        /// Where what it made can be fetched.
        location: String,
        /// How far it is.
        percentage_done: u64,
        /// How long it will take yet.
        time_left_seconds: u64,
        /// When it was begun.
        created_at: String,
        /// What became of it, counted.
        summary: Members,
    }
}

impl Job {
    /// Whether it goes no further.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_deref(), Some("completed" | "failed"))
    }
}

kind!(Job at ["jobs"], by id: Readable);

collections! {
    /// Work that takes a while.
    jobs: Job,
}

/// Which users are taken in, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// Into which connection.
    pub connection_id: String,
    /// What is done with those who are there already.
    pub known: Known,
    /// What the operator calls it.
    pub external_id: Option<String>,
    /// Whether administrators are told by mail.
    pub mail: Mail,
}

/// What an import does with those who are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// They are errors.
    #[default]
    Refused,
    /// They are changed.
    Updated,
}

/// Whether an import is told of by mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mail {
    /// It is not.
    #[default]
    Unsent,
    /// It is, once it is over.
    AtTheEnd,
}

impl Collection<Job> {
    /// Takes in users: `users` is the JSON of a list, 500 kB at Auth0 at most. What is handed over whole is not copied,
    /// where it has room for a kilobyte more.
    pub fn import_users(&self, import: &Import, users: impl Into<Vec<u8>>) -> Call<Job> {
        let boundary = encode_base64url(System.entropy());
        let flag = |is_on| if is_on { "true" } else { "false" };
        let mut fields = vec![
            ("connection_id", import.connection_id.as_str()),
            ("upsert", flag(import.known == Known::Updated)),
            ("send_completion_email", flag(import.mail == Mail::AtTheEnd)),
        ];
        fields.extend(import.external_id.as_deref().map(|id| ("external_id", id)));
        let mut head = String::new();
        for (name, value) in fields {
            head += &format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        head += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"users\"; filename=\"users.json\"\r\n\
             Content-Type: application/json\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let mut body = users.into();
        body.reserve(head.len() + tail.len());
        body.splice(..0, head.into_bytes());
        body.extend_from_slice(tail.as_bytes());
        self.at(Method::POST, &["users-imports"])
            .body(format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// Writes users out: `connection_id`, `format`, `limit`, `fields`.
    pub fn export_users(&self, which: &(impl Serialize + ?Sized)) -> Call<Job> {
        self.at(Method::POST, &["users-exports"]).json(which)
    }

    /// Sends somebody the mail by which they show that an address is theirs.
    pub fn verification_email(&self, whom: &(impl Serialize + ?Sized)) -> Call<Job> {
        self.at(Method::POST, &["verification-email"]).json(whom)
    }

    /// What went wrong: of an import, user by user. `None` where nothing did.
    pub fn errors(&self, job: &str) -> Call<Option<Value>> {
        self.at::<Value>(Method::GET, &[job, "errors"]).told_perhaps()
    }
}
