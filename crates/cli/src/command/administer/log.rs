//! `keybound logs`: what happened, and what happens.

use std::{collections::VecDeque, io, time::Duration};

use keybound_client::{
    Ambient as _, ClientError, System,
    management::{Management, Next, Page, Pages, Paging},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::Value;

use super::{
    kind::LOGS,
    resource::{listed, show},
    tenant_of,
};
use crate::{
    args::administering::{Format, List, LogVerb, Logs, Tail},
    command::{asking::done, saying::failed_to},
    error::Failure,
    exit::Exit,
    output,
};

/// `keybound logs`
pub(crate) fn run(logs: &Logs) -> Result<Exit, Failure> {
    done(async {
        let management = tenant_of(&logs.access).await?;
        match &logs.verb {
            LogVerb::List(list) => {
                let sorted = list.query.iter().any(|(name, _)| name == "sort");
                let latest = (!sorted).then(|| ("sort".to_owned(), "date:-1".to_owned()));
                let query = list.query.iter().cloned().chain(latest).collect();
                let list = List { query, columns: list.columns.clone(), ..*list };
                listed(&management, &LOGS, &list, logs.format).await?;
            }
            LogVerb::Show(one) => show(&management, &LOGS, &one.id, logs.format).await?,
            LogVerb::Tail(tail) => follow(&management, tail, logs.format).await?,
        }
        Ok(Exit::Done)
    })
}

/// Shows what happens until Ctrl-C, or until nobody reads it any more.
async fn follow(management: &Management, tail: &Tail, format: Format) -> Result<(), Failure> {
    tokio::select! {
        ended = told(management, tail, format) => ended,
        () = unread() => Ok(()),
    }
}

/// Waits until nobody reads standard output any more, which a write would learn only with the next entry.
async fn unread() {
    loop {
        System.pause(LOOK).await;
        let out = io::stdout();
        let mut looked = [PollFd::new(&out, PollFlags::empty())];
        let found = poll(&mut looked, Some(&Timespec::default()));
        if found.is_ok() && looked.iter().any(|out| out.revents().intersects(PollFlags::ERR)) {
            return;
        }
    }
}

async fn told(management: &Management, tail: &Tail, format: Format) -> Result<(), Failure> {
    let latest = management.pages("logs", Paging::Offset).query("sort", "date:-1");
    let latest = latest.size(tail.number.max(1)).page().await;
    let latest = latest.map_err(|error| failed_to("follow the log", &error))?;
    let mut last = latest.items.first().and_then(id);
    let mut entries: VecDeque<Value> = latest.items.into_iter().take(tail.number as usize).rev().collect();
    loop {
        for entry in entries.drain(..) {
            if output::line(&written(&entry, format)).is_err() {
                return Ok(());
            }
        }
        System.pause(tail.every).await;
        // A tenant in which nothing ever happened has no place to go on from: its first page is all there is.
        let mut pages = match &last {
            Some(last) => management.pages("logs", Paging::Log).after(last.as_str()),
            None => management.pages("logs", Paging::Offset).query("sort", "date:1"),
        };
        loop {
            let page = page(&pages, tail.every).await?;
            last = page.items.last().and_then(id).or(last);
            entries.extend(page.items);
            match page.next {
                Some(next @ Next::Checkpoint(_)) => pages = pages.after(next),
                _ => break,
            }
        }
    }
}

/// The next page. A tenant that gives no answer for a while is asked again: a tail outlives a restart.
async fn page(pages: &Pages<Value>, every: Duration) -> Result<Page<Value>, Failure> {
    for _ in 1..TRIES {
        match pages.page().await {
            Err(ClientError::Transport(_)) => System.pause(every).await,
            answered => return answered.map_err(|error| failed_to("follow the log", &error)),
        }
    }
    pages.page().await.map_err(|error| failed_to("follow the log", &error))
}

/// How often it is looked whether anybody reads.
const LOOK: Duration = Duration::from_millis(250);

/// How often a tenant that gives no answer is asked.
const TRIES: u32 = 20;

fn id(entry: &Value) -> Option<String> {
    ["log_id", "_id"].iter().find_map(|name| entry.get(name)?.as_str()).map(str::to_owned)
}

fn written(entry: &Value, format: Format) -> String {
    if format.json {
        return entry.to_string();
    }
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let whom = [text("client_name"), text("user_name"), text("ip")];
    let whom = whom.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    output::tame(
        &format!("{}  {:<8} {}  {whom}", text("date"), text("type"), text("description")).replace('\n', " "),
    )
}
