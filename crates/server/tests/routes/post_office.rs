//! A mail server that nobody here wrote.

use std::{path::PathBuf, process::Stdio, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// PyPI aiosmtpd, for as long as this lives.
#[derive(Debug)]
pub(crate) struct PostOffice {
    pub(crate) port: u16,
    folder: TempDir,
    _process: Child,
}

impl PostOffice {
    /// One that was told this; `None` where the tests were not told of a Python that has it.
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to read from")]
    pub(crate) async fn open(told: &[&str]) -> Option<Self> {
        let Some(python) = std::env::var_os("KEYBOUND_TEST_PYTHON") else {
            println!("skipped: KEYBOUND_TEST_PYTHON is not set");
            return None;
        };
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/smtp_server.py");
        let folder = TempDir::new().unwrap();
        let mut process = Command::new(python)
            .arg(script)
            .arg(folder.path())
            .args(told)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = said.next_line().await.unwrap().expect("it says its port").parse().unwrap();
        Some(Self { port, folder, _process: process })
    }

    /// Every letter it took.
    pub(crate) fn letters(&self) -> Vec<Value> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
        files.sort();
        files.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
    }

    /// The letter it takes after that many.
    pub(crate) async fn nth(&self, before: usize) -> Value {
        for _ in 0..400 {
            if let Some(letter) = self.letters().into_iter().nth(before) {
                return letter;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no letter came");
    }
}
