//! `kill -9` under as many refreshes as one machine can ask of itself: no family is lost, and none is doubled.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use keybound_authority::model::name::FamilyId;
use keybound_proto::{dpop::DpopNonce, id::TenantId};
use keybound_resource::{Clock as _, SystemClock};
use keybound_store::{Store, ledger::refresh_tokens};
use serde_json::Value;

use self::families::{CLIENT, Family, furnish};
use crate::{
    http::{self, Answer, Line},
    prover::Prover,
    server::{Ground, Server},
    table::{Bar, Table, Unit},
    timer::median,
};

mod families;

const BAR: Bar = Bar::AtLeast(1_000.0, Unit::ASecond);

/// How often it is killed.
const KILLS: usize = 3;

/// Families, each on a connection of its own.
const FAMILIES: usize = 64;

/// Refreshes before the first kill, and from each start to the next kill.
const REFRESHES: usize = 3_000;

/// Of what the same load was without a kill, what it must be up to one: else not much was going on at that moment.
const SHARE: f64 = 0.25;

/// Kills the server in the middle of refreshes, over and over.
///
/// A family that is lost or doubled ends the run; how fast they were refreshed at the kill is a line of the table.
pub(crate) fn measure(table: &mut Table, binary: &Path, folder: &Path) -> Result<()> {
    let ground = Ground::new(folder)?;
    let runtime = http::runtime()?;
    let store = runtime.block_on(ground.store())?;
    let mut server = ground.serve(binary)?;
    let prover = Prover::new("POST", &format!("{}oauth/token", server.issuer()), SystemClock.now())?;
    let mut families = runtime.block_on(furnish(&store, &prover, FAMILIES))?;

    let (_, took) = storm(&prover, server.address(), &mut families, &mut || Ok(()))?;
    let calm = rate(took);
    let (mut rates, mut lost) = (Vec::new(), 0);
    for kill in 1..=KILLS {
        let address = server.address();
        let (unheard, took) = storm(&prover, address, &mut families, &mut || server.kill())?;
        rates.push(rate(took));
        server = server.again(binary)?;
        println!("killed at {:.0} refreshes a second, {unheard} of them unanswered", rate(took));
        lost += unheard;
        for family in &mut families {
            let answer = runtime.block_on(alone(&prover, &server, family))?;
            ensure!(family.goes_on(&answer), "lost after kill {kill}: {} {}", answer.status, answer.body);
            runtime.block_on(is_one(&store, &family.id))?;
        }
    }
    ensure!(lost > 0, "nothing was ever under way when it was killed");
    for family in &mut families {
        // One line of descent each: what was spent long ago ends it, and with it the newest.
        let newest = std::mem::take(&mut family.token);
        for token in [family.spent.pop_front().context("much was spent")?, newest] {
            family.token = token;
            let answer = runtime.block_on(alone(&prover, &server, family))?;
            let told: Value = serde_json::from_str(&answer.body)?;
            ensure!(
                answer.status == 403 && told.get("error") == Some(&"invalid_grant".into()),
                "not ended by reuse: {} {}",
                answer.status,
                answer.body
            );
        }
    }
    let least = rates.iter().copied().fold(f64::MAX, f64::min);
    ensure!(least >= calm * SHARE, "killed at {least:.0} refreshes a second, where {calm:.0} are possible");
    table.row(
        "refreshes a second, with rotation and DPoP, in the middle of which the server was killed",
        median(rates),
        BAR,
        format!(
            "SIGKILL {KILLS} times, at {least:.0}/s at least; {calm:.0}/s without; {FAMILIES} families, after each restart all of them there and each once; the load generator takes its share of the cores"
        ),
    );
    Ok(())
}

fn rate(took: Duration) -> f64 {
    REFRESHES as f64 / took.as_secs_f64()
}

/// Refreshes all families at once, each with its newest token, until there were enough of them; then calls for the
/// end. How many were not answered then, and how long it took until then.
fn storm(
    prover: &Prover,
    address: SocketAddr,
    families: &mut [Family],
    end: &mut dyn FnMut() -> Result<()>,
) -> Result<(usize, Duration)> {
    let runtime = http::runtime()?;
    let (done, unheard, over) = (Cell::new(0_usize), Cell::new(0_usize), Cell::new(None));
    let end = RefCell::new(end);
    let begun = Instant::now();
    let one = async |family: &mut Family| {
        let mut line = Line::open(address).await?;
        while over.get().is_none() {
            let Ok(answer) = refresh(prover, address, (&mut line, family)).await else {
                // Whoever is not heard asks again, later.
                unheard.set(unheard.get() + 1);
                return Ok(());
            };
            ensure!(family.goes_on(&answer), "refused: {} {}", answer.status, answer.body);
            done.set(done.get() + 1);
            if done.get() == REFRESHES {
                over.set(Some(begun.elapsed()));
                (end.borrow_mut())()?;
            }
        }
        Ok::<_, anyhow::Error>(())
    };
    runtime.block_on(async {
        let all = families.iter_mut().map(one);
        futures_util::future::try_join_all(all).await
    })?;
    Ok((unheard.get(), over.get().context("it ended before it was called for")?))
}

/// One refresh on a connection of its own.
async fn alone(prover: &Prover, server: &Server, family: &mut Family) -> Result<Answer> {
    let mut line = Line::open(server.address()).await?;
    refresh(prover, server.address(), (&mut line, family)).await
}

/// One refresh, asked for again where a nonce is wanted.
async fn refresh(
    prover: &Prover,
    address: SocketAddr,
    (line, family): (&mut Line, &mut Family),
) -> Result<Answer> {
    let body = format!("grant_type=refresh_token&client_id={CLIENT}&refresh_token={}", family.token);
    let mut asked_for = false;
    loop {
        let head = format!(
            "POST /oauth/token HTTP/1.1\r\nHost: localhost:{}\r\nDPoP: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            address.port(),
            prover.prove_at(SystemClock.now(), family.nonce.as_ref())?,
            body.len()
        );
        let answer = line.ask(&[head.as_bytes(), body.as_bytes()].concat()).await?;
        if let Some(nonce) = http::field(&answer.head, "dpop-nonce").and_then(DpopNonce::parse) {
            family.nonce = Some(nonce);
        }
        if asked_for || !answer.body.contains("use_dpop_nonce") {
            return Ok(answer);
        }
        asked_for = true;
    }
}

/// That a family has exactly one token which could be redeemed.
async fn is_one(store: &Store, family: &FamilyId) -> Result<()> {
    let live = refresh_tokens::live(store, &TenantId::parse("default")?, family).await?;
    if live.len() != 1 {
        bail!("{} live tokens in one family", live.len());
    }
    Ok(())
}
