//! Jobs: begun here, worked off at the tenant, waited for.

use std::time::Duration;

use keybound_client::{
    Ambient as _, System,
    http::Method,
    management::{Job, Management},
};
use serde_json::Value;

use crate::{
    command::{administer::progress::Progress, saying::failed_to},
    error::Failure,
    exit::Exit,
    output,
};

/// The id of a connection, by its name or its id.
pub(super) async fn connection(management: &Management, named: &str) -> Result<String, Failure> {
    // A name has no underscore.
    if named.starts_with("con_") {
        return Ok(named.to_owned());
    }
    let act = format!("find the connection {named}");
    let call = management.request(Method::GET, "connections").query("name", named).query("fields", "id,name");
    let found = call.await.map_err(|error| failed_to(&act, &error))?;
    let is_it = |found: &&Value| found.get("name").and_then(Value::as_str) == Some(named);
    let found = found.as_array().into_iter().flatten().find(is_it);
    found.and_then(|found| found.get("id")?.as_str()).map(str::to_owned).ok_or_else(|| {
        Failure::new(Exit::CallRefused, format!("{act}: there is none of that name"))
            .hint("`keybound connections list` shows their names and ids")
    })
}

/// Waits for the end of a job, and shows how far it is; `None` where Ctrl-C comes first.
pub(super) async fn over(
    management: &Management,
    job: Job,
    what: &'static str,
) -> Result<Option<Job>, Failure> {
    let id = name(&job).to_owned();
    tokio::select! {
        job = ended(management, job, what) => job.map(Some),
        _ = tokio::signal::ctrl_c() => {
            output::note(&output::tame(&format!("\nthe job {id} goes on at the tenant\n")));
            Ok(None)
        }
    }
}

async fn ended(management: &Management, mut job: Job, what: &'static str) -> Result<Job, Failure> {
    let (mut progress, mut pause) = (Progress::of(what), SHORTEST);
    while !job.is_over() {
        if let Some((done, all)) = how_far(&job) {
            progress.at(done, all);
        }
        System.pause(pause).await;
        pause = (pause * 2).min(LONGEST);
        let act = format!("ask for the job {}", name(&job));
        job = management.jobs().read(name(&job)).await.map_err(|error| failed_to(&act, &error))?;
    }
    Ok(job)
}

/// What is told of a job nobody waits for.
pub(super) fn begun(job: &Job, as_json: bool) {
    let id = name(job);
    output::result(&match as_json {
        true => format!("{:#}\n", told(job)),
        false => output::tame(&format!("{id}\n")),
    });
    output::note(&output::tame(&format!("`keybound api jobs/{id}` tells how far it is\n")));
}

/// A job as the API told it.
pub(super) fn told(job: &Job) -> Value {
    serde_json::to_value(job).unwrap_or_default()
}

/// Why it failed, in the tenant's words.
pub(super) fn why(job: &Job) -> String {
    let details = job.more.get("status_details").and_then(Value::as_str);
    output::tame(details.unwrap_or("the tenant does not say why"))
}

/// Its id.
pub(super) fn name(job: &Job) -> &str {
    job.id.as_deref().unwrap_or_default()
}

/// A number of its summary.
pub(super) fn counted(job: &Job, name: &str) -> Option<u64> {
    job.summary.as_ref()?.get(name)?.as_u64()
}

fn how_far(job: &Job) -> Option<(u64, Option<u64>)> {
    let done = || ["inserted", "updated", "failed"].iter().filter_map(|name| counted(job, name)).sum();
    match counted(job, "total") {
        Some(total) => Some((done(), Some(total))),
        None => job.percentage_done.map(|percent| (percent, Some(100))),
    }
}

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);
