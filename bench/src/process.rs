//! The server as a process: how large, how soon ready, how much memory.

use std::{fs, path::Path, process::Command, thread, time::Duration};

use anyhow::Result;

use crate::{
    server::{Ground, Server},
    table::{Bar, Table, Unit},
    timer::median,
};

/// How often it is started.
const STARTS: usize = 9;

/// How long it does nothing before it is weighed.
const IDLE: Duration = Duration::from_secs(2);

/// Measures the process.
pub(crate) fn measure(table: &mut Table, binary: &Path, shipped: Option<&Path>, folder: &Path) -> Result<()> {
    let binary = shipped.unwrap_or(binary);
    let profile = if shipped.is_some() { "`dist`" } else { "`release`" };
    let start = || Ground::new(folder)?.serve(binary);
    let mut idle: Option<Server> = None;
    let mut millis = Vec::new();
    for _ in 0..STARTS {
        let server = start()?;
        millis.push(server.started_in().as_secs_f64() * 1_000.0);
        idle = Some(server);
    }
    let (least, most) = millis
        .iter()
        .fold((f64::MAX, 0.0_f64), |(least, most), millis| (least.min(*millis), most.max(*millis)));
    if let Some(server) = idle {
        thread::sleep(IDLE);
        table.row(
            "memory of an idle `serve` on SQLite",
            server.resident()? / 1e6,
            Bar::AtMost(30.0, Unit::Megabytes),
            format!("resident, {} s after the start; profile {profile}", IDLE.as_secs()),
        );
    }
    size(table, binary, shipped.is_some(), folder)?;
    table.row(
        "start to ready on an empty SQLite",
        median(millis),
        Bar::AtMost(300.0, Unit::Millis),
        format!(
            "to the first 200 of `/health/ready`, the first signing key made meanwhile; median of {STARTS}, {least:.0} to {most:.0} ms"
        ),
    );
    Ok(())
}

/// The `dist` profile strips by itself; a `release` binary is stripped into a copy.
fn size(table: &mut Table, binary: &Path, is_shipped: bool, folder: &Path) -> Result<()> {
    const WHAT: &str = "stripped binary";
    let bar = Bar::AtMost(25.0, Unit::Megabytes);
    let scratch = tempfile::tempdir_in(folder)?;
    let (file, how) = if is_shipped {
        (binary.to_owned(), "profile `dist`")
    } else {
        let copy = scratch.path().join("keybound");
        let stripped = Command::new("strip").arg("-o").arg(&copy).arg(binary).status();
        if !stripped.is_ok_and(|status| status.success()) {
            table.not_measured(WHAT, bar, "there is no `strip` here, and `--dist` was not asked for");
            return Ok(());
        }
        (copy, "profile `release`, then `strip`; `--dist` measures what is shipped, which is smaller")
    };
    table.row(WHAT, fs::metadata(file)?.len() as f64 / 1e6, bar, how.to_owned());
    Ok(())
}
