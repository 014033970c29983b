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

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// `keybound serve` on an SQLite file, killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
    ground: Ground,
}

/// An empty folder for a database.
#[derive(Debug)]
pub(crate) struct Ground {
    folder: TempDir,
}

impl Ground {
    /// A folder inside of `folder`, gone when dropped.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir_in(folder)? })
    }

    /// The database, opened beside the server.
    pub(crate) async fn store(&self) -> Result<Store> {
        let database = Database::Sqlite { path: self.database(), durability: Durability::Full };
        Ok(Store::open(StoreConfig { database, master: Secret::new(MASTER) }).await?)
    }

    /// Starts the server, and waits until it says that it is ready.
    pub(crate) fn serve(self, binary: &Path) -> Result<Server> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let config = self.folder.path().join("keybound.toml");
        fs::write(&config, UNREACHED)?;
        let begun = Instant::now();
        let child = Command::new(binary)
            .arg("serve")
            .arg("--config")
            .arg(config)
            .arg(format!("--listen={address}"))
            .arg(format!("--database=sqlite:{}", self.database().display()))
            .env_clear()
            .env("KEYBOUND_MASTER_KEY", encode_base64url(MASTER))
            .env("KEYBOUND_BOOTSTRAP_CLIENT_ID", BOOTSTRAP[0])
            .env("KEYBOUND_BOOTSTRAP_CLIENT_SECRET", BOOTSTRAP[1])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start {}", binary.display()))?;
        let mut server = Server { child, address, started_in: Duration::ZERO, ground: self };
        let request = server.get("/health/ready");
        while !http::ask(address, &request).is_ok_and(|answer| answer.status == 200) {
            if let Some(status) = server.child.try_wait()? {
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
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line
            .and_then(|line| line.trim().strip_suffix("kB"))
            .context("the kernel says how much memory is in use")?
            .trim()
            .parse()?;
        Ok(kilobytes * 1_024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
