//! `keybound logs`: what happened, and what happens for as long as somebody reads it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{administering::Tenant, run::stdout};

/// A tail, read by a thread: whoever waits for a line waits for no longer than that takes.
struct Tail {
    child: Child,
    lines: Receiver<String>,
}

impl Tail {
    fn of(tenant: &Tenant, arguments: &[&str]) -> (Self, BufReader<ChildStdout>) {
        let mut command = tenant.command(&[&["logs", "tail", "--every", "1"], arguments].concat());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (_, lines) = channel();
        (Self { child, lines }, out)
    }

    fn read(tenant: &Tenant, arguments: &[&str]) -> Self {
        let (tail, out) = Self::of(tenant, arguments);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, ..tail }
    }

    /// The first line that says this.
    fn sees(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(LONGEST).unwrap_or_else(|_| panic!("{text:?} never came"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Its status; it ends by itself.
    fn ends(mut self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < LONGEST {
            if let Some(status) = self.child.try_wait().expect("it is a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        panic!("it never ended");
    }
}

#[test]
fn a_tail_shows_what_was_and_what_comes_and_ends_by_ctrl_c() {
    let tenant = Tenant::start();
    tenant.told(&["roles", "create", "--set", "name=Before", "--json"]);
    let tail = Tail::read(&tenant, &["-n", "5"]);
    tail.sees("sapi");
    let json = Tail::read(&tenant, &["-n", "1", "--json"]);
    json.sees("sapi");
    tenant.told(&["roles", "create", "--set", "name=Meanwhile", "--json"]);
    tail.sees("Create a role");
    let entry: Value = serde_json::from_str(&json.sees("Create a role")).expect("an entry on each line");
    assert!(entry["log_id"].is_string(), "{entry}");
    for tail in [tail, json] {
        let told = Command::new("kill").args(["-INT", &tail.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        assert_eq!(tail.ends(), None, "ended by the signal, as a shell expects it");
    }
}

#[test]
fn a_tail_that_nobody_reads_any_more_ends_though_nothing_happens() {
    let tenant = Tenant::start();
    tenant.told(&["roles", "create", "--set", "name=Before", "--json"]);
    let (tail, mut out) = Tail::of(&tenant, &["-n", "1"]);
    let mut line = String::new();
    out.read_line(&mut line).expect("it is read");
    assert!(line.contains("sapi"), "{line}");
    drop(out);
    assert_eq!(tail.ends(), Some(0));
}

#[test]
fn what_happened_is_listed_the_latest_first_and_one_entry_shown() {
    let tenant = Tenant::start();
    for name in ["First", "Second"] {
        tenant.told(&["roles", "create", "--set", &format!("name={name}"), "--json"]);
    }
    let listed = tenant.told(&["logs", "list", "-n", "2", "--json", "-q", "q=type:sapi"]);
    let dates: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|entry| entry["date"].as_str()).collect();
    assert!(dates.len() == 2 && dates[0] >= dates[1], "{listed}");
    let id = listed[0]["log_id"].as_str().expect("text");
    assert_eq!(tenant.told(&["logs", "show", id, "--json"])["log_id"], id);
    let table = stdout(&tenant.run(&["logs", "list", "-n", "1"]));
    assert!(table.starts_with("DATE") && table.lines().count() == 2, "{table}");
    let settings = stdout(&tenant.run(&["tenant", "update", "--set", "friendly_name=Locks & Keys"]));
    assert!(settings.contains("Locks & Keys"), "{settings}");
    assert_eq!(tenant.told(&["tenant", "show", "--json"])["friendly_name"], "Locks & Keys");
}

/// Longer than any of it takes.
const LONGEST: Duration = Duration::from_secs(30);
