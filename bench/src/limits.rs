//! What rate limits cost who stays below them.

use std::path::Path;

use anyhow::Result;

use crate::{
    http,
    server::{Ground, Server},
    table::{Bar, Table, Unit},
    timer::median,
    token::{ES256, furnish, requests},
};

const BAR: Bar = Bar::AtLeast(95.0, Unit::Percent);

/// Rounds, in which both servers take turns, and token requests of each.
const ROUNDS: usize = 9;
const TOKENS: usize = 3_000;

/// Measures token requests with every limit counted, and with none.
pub(crate) fn measure(table: &mut Table, binary: &Path, folder: &Path) -> Result<()> {
    let limited = Ground::new(folder)?.serve(binary)?;
    let free = Ground::new(folder)?.without_limits().serve(binary)?;
    let runtime = tokio::runtime::Runtime::new()?;
    for server in [&limited, &free] {
        runtime.block_on(furnish(server.ground()))?;
    }
    let rate = |server: &Server| http::load(server.address(), requests(server, ES256, TOKENS)?);
    let (mut ratios, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who is first takes turns too.
        let (limits, none) = if round % 2 == 0 {
            let limits = rate(&limited)?;
            (limits, rate(&free)?)
        } else {
            let none = rate(&free)?;
            (rate(&limited)?, none)
        };
        ratios.push(limits / none * 100.0);
        with.push(limits);
        without.push(none);
    }
    table.row(
        "`client_credentials` with rate limits, of those without",
        median(ratios),
        BAR,
        format!(
            "{:.0}/s beside {:.0}/s, ES256 access tokens, three limits counted for each request, in memory; median of {ROUNDS} pairs",
            median(with),
            median(without),
        ),
    );
    Ok(())
}
