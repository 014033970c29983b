//! Where a test's person works: a folder to stand in, one to keep things in, and a `dev` beside it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use super::{
    dev::Dev,
    person::{Answer, Page, sign_in},
    run::{free_ports, keybound, stderr, stdout},
};

/// A person's own corner of the machine.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("it is made") }
    }

    /// With a `keybound dev` that was started in it.
    pub(crate) fn with_dev() -> (Self, Dev) {
        let place = Self::new();
        let dev = Dev::start_in(place.folder.path(), free_ports(), &[]);
        (place, dev)
    }

    /// Where keys and tokens are.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The command, without anybody's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keybound(arguments);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AUTH0_")) {
            command.env_remove(name);
        }
        command.env_remove("BROWSER").env("KEYBOUND_STORE", self.store()).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it ends")
    }

    /// What it says on standard output when all goes well.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }

    /// The same as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(arguments)).expect("it is JSON")
    }

    /// Logs the demo user in, with a flag or two; what is told at the end.
    pub(crate) fn log_in(&self, dev: &Dev, further: &[&str]) -> Value {
        let login = Login::begin(self.command(&[&["login", "--json", "--no-browser"], further].concat()));
        assert_eq!(login.sign_in(dev, Answer::Accept).status, 200);
        let (status, told, problem) = login.end();
        assert_eq!(status, Some(0), "{problem}");
        serde_json::from_str(&told).expect("it is JSON")
    }

    /// Every file that is kept, and what is in it, but for those that are only waited at.
    pub(crate) fn kept(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        walk(&self.store(), &mut found);
        let name = |path: &Path| path.strip_prefix(self.store()).unwrap_or(path).display().to_string();
        let mut found: Vec<_> = found
            .into_iter()
            .map(|path| (name(&path), fs::read_to_string(&path).expect("it is text")))
            .filter(|(name, _)| !name.ends_with(".lock"))
            .collect();
        found.sort();
        found
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

/// A login that waits for its person.
pub(crate) struct Login {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    /// Where the person is sent.
    pub(crate) url: String,
    /// Where they come back to.
    pub(crate) back: String,
}

impl Login {
    pub(crate) fn begin(mut command: Command) -> Self {
        let mut child = command.spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it is read");
        if line.is_empty() {
            panic!("it did not begin: {}", ended(child).1);
        }
        let told: Value = serde_json::from_str(&line).expect("it is JSON");
        let text = |name: &str| told[name].as_str().expect("it is told").to_owned();
        Self { child, out, url: text("authorization_url"), back: text("redirect_uri") }
    }

    /// What the request carried under this name, as it stands in the address.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        let query = self.url.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    pub(crate) fn sign_in(&self, dev: &Dev, answer: Answer) -> Page {
        sign_in(&self.url, (dev.text("user"), dev.text("password")), answer)
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let told = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// The exit status, the last line of standard output, and what was said besides.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let mut told = String::new();
        self.out.read_to_string(&mut told).expect("it is text");
        let (status, problem) = ended(self.child);
        (status, told, problem)
    }
}

fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut problem = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut problem).expect("it is text");
    (child.wait().expect("it ends").code(), problem)
}
