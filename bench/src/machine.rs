//! Where the numbers come from.

use std::{fs, path::Path, process::Command, thread};

use crate::grant;

/// Facts of the machine and of what was built, as a Markdown list.
pub(crate) fn facts(root: &Path, postgres: Option<&str>) -> String {
    let mut facts = vec![
        format!(
            "processor: {}, {} cores",
            processor(),
            thread::available_parallelism().map_or(0, usize::from)
        ),
        format!("memory: {}", memory()),
        format!("kernel: Linux {}", read("/proc/sys/kernel/osrelease")),
        format!("compiler: {}", compiler()),
        format!(
            "libraries: aws-lc-rs {}, argon2 {}, SQLite {}",
            locked(root, "aws-lc-rs"),
            locked(root, "argon2"),
            rusqlite::version()
        ),
    ];
    if let Some(Ok(version)) = postgres.map(grant::postgres_version) {
        facts.push(format!("PostgreSQL {version}, on the same machine, its settings untouched"));
    }
    facts.into_iter().map(|fact| format!("- {fact}\n")).collect()
}

fn processor() -> String {
    let text = read("/proc/cpuinfo");
    let member = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map_or("unknown", |(_, value)| value.trim())
    };
    let has =
        |flag: &str| if member("flags").split(' ').any(|word| word == flag) { "with" } else { "without" };
    format!("{}, {} SHA-NI, {} AVX-512 IFMA", member("model name"), has("sha_ni"), has("avx512ifma"))
}

fn memory() -> String {
    let text = read("/proc/meminfo");
    let kilobytes: Option<f64> = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.map_or_else(|| "unknown".to_owned(), |kilobytes| format!("{:.0} GB", kilobytes * 1_024.0 / 1e9))
}

fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output();
    said.map_or_else(|_| "unknown".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// The version of a crate in the lockfile.
fn locked(root: &Path, name: &str) -> String {
    let text = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let after = text.split_once(&format!("name = \"{name}\"\nversion = \"")).map(|(_, after)| after);
    after.and_then(|after| after.split('"').next()).unwrap_or("unknown").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
