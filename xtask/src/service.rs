//! Servers of our own on free ports, gone when dropped.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Result, bail};

use crate::{need, run};

/// A folder of our own, removed when dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("keybound-test-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL cluster.
#[derive(Debug)]
pub(crate) struct Postgres {
    bin: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Postgres {
    pub(crate) fn start(bin: &Path, scratch: &Scratch) -> Result<Self> {
        let data = scratch.path().join("postgres");
        fs::create_dir_all(&data)?;
        if need::is_root() {
            run::output(Command::new("chown").arg("postgres").arg(scratch.path()).arg(&data))?;
        }
        let this = Self { bin: bin.to_path_buf(), data, port: free_port()? };
        run::output(this.program("initdb").arg("-D").arg(&this.data).args([
            "-U",
            "keybound",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]))?;
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300",
            this.port
        );
        run::output(this.control("start").arg("-o").arg(options))?;
        Ok(this)
    }

    /// A superuser's way in.
    pub(crate) fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// A new empty database.
    pub(crate) fn create(&self, name: &str) -> Result<String> {
        let port = self.port.to_string();
        run::output(self.program("createdb").args(["-h", "127.0.0.1", "-p", &port, "-U", "keybound", name]))?;
        Ok(self.url_of(name))
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://keybound@127.0.0.1:{}/{database}", self.port)
    }

    fn control(&self, verb: &str) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg("-D").arg(&self.data).arg("-w").arg("-l").arg(self.data.join("log")).arg(verb);
        command
    }

    /// PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let file = self.bin.join(name);
        let mut command = if need::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(file);
            command
        } else {
            Command::new(file)
        };
        command.current_dir("/").stdout(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        _ = self.control("stop").args(["-m", "immediate"]).status();
    }
}

/// PostgreSQL and Redis side by side, told to a command by environment variables.
#[derive(Debug)]
pub(crate) struct Databases {
    postgres: Result<Postgres>,
    redis: Result<Redis>,
    // Dropped last: the cluster lives in it.
    _scratch: Scratch,
}

impl Databases {
    /// Starts what can be started; what cannot is said, and its tests skip themselves aloud.
    pub(crate) fn start() -> Result<Self> {
        let scratch = Scratch::new()?;
        let postgres = need::postgres().and_then(|bin| Postgres::start(&bin, &scratch));
        let redis = need::redis().and_then(|program| Redis::start(&program));
        for error in [postgres.as_ref().err(), redis.as_ref().err()].into_iter().flatten() {
            println!("{error:#}");
        }
        Ok(Self { postgres, redis, _scratch: scratch })
    }

    /// Which of them could not be started, and why.
    pub(crate) fn missing(&self) -> Option<String> {
        let error = self.postgres.as_ref().err().or(self.redis.as_ref().err())?;
        Some(format!("{error:#}"))
    }

    /// Tells a command where they are.
    pub(crate) fn tell(&self, command: &mut Command) -> Result<()> {
        if let Ok(postgres) = &self.postgres {
            command.env("KEYBOUND_TEST_POSTGRES", postgres.url());
        }
        if let Ok(redis) = &self.redis {
            command.env("KEYBOUND_TEST_REDIS", redis.url());
        }
        Ok(())
    }

    /// Tells a command of two empty databases besides.
    pub(crate) fn tell_empty(&self, command: &mut Command) -> Result<()> {
        self.tell(command)?;
        if let Ok(postgres) = &self.postgres {
            let urls = [postgres.create("first")?, postgres.create("second")?];
            command.env("KEYBOUND_TEST_DATABASES", urls.join(" "));
        }
        Ok(())
    }
}

/// A Redis server without persistence.
#[derive(Debug)]
pub(crate) struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(program);
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            // One for each world of a test.
            .args(["--databases", "1024"])
            .stdout(Stdio::null());
        let this = Self { child: command.spawn()?, port };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(this);
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("Redis did not come up on port {port}")
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
