//! The real server, in a process of its own.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use keybound_proto::{jose::encode_base64url, secret::Secret};
use keybound_store::{Database, Durability, Store, StoreConfig};
use tempfile::TempDir;

use crate::http;

/// The master key of the servers that are measured.
const MASTER: [u8; 32] = [7; 32];

/// Id and secret of who may set up the servers that are measured.
pub(crate) const BOOTSTRAP: [&str; 2] = ["bench", "a-secret-of-whoever-measures"];

/// Rate limits are counted as everywhere, and above what one machine can ask of another.
const UNREACHED: &str = "
[limits.rate]
authentication = { burst = 100000000, requests = 1000000, seconds = 1 }
token = { burst = 100000000, requests = 1000000, seconds = 1 }
client = { burst = 100000000, requests = 1000000, seconds = 1 }
userinfo = { burst = 100000000, requests = 1000000, seconds = 1 }
documents = { burst = 100000000, requests = 1000000, seconds = 1 }
management = { burst = 100000000, requests = 1000000, seconds = 1 }
";

/// No rate limits at all.
const NO_LIMITS: &str = "[limits]\nrates = \"off\"\n";

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// `keybound serve`, killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    running: Running,
    address: SocketAddr,
    started_in: Duration,
    ground: Ground,
}

/// Its process.
#[derive(Debug)]
struct Running(Child);

/// What a server stands on: an empty folder, and in it a database, unless there is one elsewhere.
#[derive(Debug)]
pub(crate) struct Ground {
    folder: TempDir,
    elsewhere: Option<String>,
    limits: &'static str,
}

impl Ground {
    /// A folder inside of `folder`, gone when dropped.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir_in(folder)?, elsewhere: None, limits: UNREACHED })
    }

    /// With its data in the PostgreSQL at that address.
    pub(crate) fn with_data_at(self, address: &str) -> Self {
        Self { elsewhere: Some(address.to_owned()), ..self }
    }

    /// Without rate limits.
    pub(crate) fn without_limits(self) -> Self {
        Self { limits: NO_LIMITS, ..self }
    }

    /// The database in the folder, opened beside the server.
    pub(crate) async fn store(&self) -> Result<Store> {
        let database = Database::Sqlite { path: self.database(), durability: Durability::Full };
        Ok(Store::open(StoreConfig { database, master: Secret::new(MASTER) }).await?)
    }

    /// Starts the server, and waits until it says that it is ready.
    pub(crate) fn serve(self, binary: &Path) -> Result<Server> {
        // The port is free again before the server wants it.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        self.serve_at(address, binary)
    }

    /// The same at that address.
    pub(crate) fn serve_at(self, address: SocketAddr, binary: &Path) -> Result<Server> {
        let config = self.folder.path().join("keybound.toml");
        fs::write(&config, self.limits)?;
        let own = format!("sqlite:{}", self.database().display());
        let begun = Instant::now();
        let child = Command::new(binary)
            .arg("serve")
            .arg("--config")
            .arg(config)
            .arg(format!("--listen={address}"))
            .arg(format!("--database={}", self.elsewhere.as_ref().unwrap_or(&own)))
            .env_clear()
            .env("KEYBOUND_MASTER_KEY", encode_base64url(MASTER))
            .env("KEYBOUND_BOOTSTRAP_CLIENT_ID", BOOTSTRAP[0])
            .env("KEYBOUND_BOOTSTRAP_CLIENT_SECRET", BOOTSTRAP[1])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start {}", binary.display()))?;
        let mut server =
            Server { running: Running(child), address, started_in: Duration::ZERO, ground: self };
        let request = server.get("/health/ready");
        while !http::ask(address, &request).is_ok_and(|answer| answer.status == 200) {
            if let Some(status) = server.running.0.try_wait()? {
                bail!("the server ended with {status} before it was ready");
            }
            if begun.elapsed() > PATIENCE {
                bail!("the server did not become ready");
            }
            thread::sleep(Duration::from_millis(1));
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }

    /// The file the database is in.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("keybound.db")
    }
}

impl Server {
    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it took from the start of the process to the first 200 of `/health/ready`.
    pub(crate) const fn started_in(&self) -> Duration {
        self.started_in
    }

    /// What it stands on.
    pub(crate) const fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Kills it as a power cut would. It stays dead until [`Server::again`].
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.running.0.kill()?;
        self.running.0.wait()?;
        Ok(())
    }

    /// Another process at the same address, over what this one left.
    pub(crate) fn again(self, binary: &Path) -> Result<Self> {
        let Self { running, address, ground, .. } = self;
        drop(running);
        ground.serve_at(address, binary)
    }

    /// Who it says it is.
    pub(crate) fn issuer(&self) -> String {
        format!("http://localhost:{}/", self.address.port())
    }

    /// A request for this path.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", self.address.port()).into_bytes()
    }

    /// Bytes of memory it has in use, as the kernel counts them.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.running.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line
            .and_then(|line| line.trim().strip_suffix("kB"))
            .context("the kernel says how much memory is in use")?
            .trim()
            .parse()?;
        Ok(kilobytes * 1_024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}
