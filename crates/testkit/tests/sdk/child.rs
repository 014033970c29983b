//! Processes that can be killed: this test binary once more, told by its environment what to be.

use std::{
    io::BufRead as _,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use keybound_client::{
    Ambient, Boxed, Config, System,
    http::{Limits, Web},
    session::{FileStore, Renew, Session},
};
use keybound_proto::time::Timestamp;
use keybound_server::config::{Database, IssuerUrl, MasterKey};
use keybound_store::testing::MASTER;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{ChildStdout, Command},
    task::JoinHandle,
};

use crate::{api::hash, log};

/// A process of ours. Dropping it kills it.
pub(crate) struct Child {
    process: tokio::process::Child,
    said: Lines<BufReader<ChildStdout>>,
    /// Ends when everything it logged was heard.
    heard: JoinHandle<()>,
}

/// Where the database and the issuer of a server are.
const DATABASE: &str = "KEYBOUND_TEST_SDK_DATABASE";
const ISSUER: &str = "KEYBOUND_TEST_SDK_ISSUER";

/// Where a client keeps its tokens.
const FOLDER: &str = "KEYBOUND_TEST_SDK_FOLDER";

impl Child {
    /// A server of that name over that file.
    pub(crate) fn serving(database: &Path, issuer: &str) -> Self {
        let variables = [(DATABASE, database.display().to_string()), (ISSUER, issuer.to_owned())];
        Self::being("child::a_process_that_is_told_to_serve_does", &variables)
    }

    /// A client that keeps its tokens there, told the rest by `AUTH0_*` variables.
    pub(crate) fn asking(folder: &Path, variables: &[(&str, String)]) -> Self {
        let variables = [&[(FOLDER, folder.display().to_string())], variables].concat();
        Self::being("child::a_process_that_is_told_to_ask_does", &variables)
    }

    fn being(what: &str, variables: &[(&str, String)]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([what, "--exact", "--nocapture"])
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut logged = BufReader::new(process.stderr.take().unwrap()).lines();
        let heard = tokio::spawn(async move {
            while let Ok(Some(line)) = logged.next_line().await {
                log::keep(&line);
            }
        });
        Self { process, said, heard }
    }

    pub(crate) async fn tell(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// What it says next.
    pub(crate) async fn says(&mut self) -> String {
        loop {
            let line = self.said.next_line().await.unwrap().expect("the process lives");
            if let Some((_, said)) = line.split_once(SAID) {
                return said.to_owned();
            }
        }
    }

    /// Asks for a token at that time, and waits for what comes of it.
    pub(crate) async fn asks(&mut self, when: Timestamp) -> String {
        self.tell(&when.as_unix().to_string()).await;
        self.says().await
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
        self.heard.await.unwrap();
    }
}

/// What a server of its own process is told.
pub(crate) fn config(database: PathBuf, issuer: &str) -> keybound_server::Config {
    let mut config = keybound_server::Config::default();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.issuer = Some(IssuerUrl::parse("issuer", issuer).unwrap());
    config.database = Database::Sqlite(database);
    config.master_key = Some(MasterKey::new(MASTER));
    config.tenant.localhost_consent = keybound_authority::model::tenant::LocalhostConsent::Skip;
    config
}

/// The server; by itself it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the process is told by its environment what to be")]
async fn a_process_that_is_told_to_serve_does() {
    let (Ok(database), Ok(issuer)) = (std::env::var(DATABASE), std::env::var(ISSUER)) else { return };
    log::tell_another_process();
    let server = keybound_server::start(config(database.into(), &issuer)).await.unwrap();
    println!("{SAID}{}", server.addr());
    // Whoever started it is gone when its input ends.
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await.unwrap();
}

/// The client; by itself it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the process is told by its environment what to be")]
async fn a_process_that_is_told_to_ask_does() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    log::tell_another_process();
    let config = Config::from_env().unwrap();
    let web = Web::new(Limits::default()).unwrap();
    let client = config.connect(&web).await.unwrap();
    let clock = At(Arc::default());
    let session = Session::of_user(client, web, Arc::new(FileStore::new(folder))).by_clock(clock.clone());
    println!("{SAID}ready");
    let mut lines = std::io::stdin().lock().lines();
    while let Some(Ok(line)) = tokio::task::block_in_place(|| lines.next()) {
        clock.0.store(line.parse().unwrap(), Ordering::Relaxed);
        match session.token_when(&config.want(), Renew::WhenDue).await {
            Ok(tokens) => println!("{SAID}got {}", hash(tokens.access_token.reveal().as_bytes())),
            Err(error) => println!("{SAID}{}", error.code()),
        }
    }
}

/// The time it was last told.
#[derive(Clone, Debug)]
struct At(Arc<AtomicI64>);

impl Ambient for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }

    fn entropy(&self) -> [u8; 32] {
        System.entropy()
    }

    fn pause(&self, length: std::time::Duration) -> Boxed<'_, ()> {
        System.pause(length)
    }
}

/// Before everything a process of ours says: the rest is the test runner's.
const SAID: &str = "@ ";
