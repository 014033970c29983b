//! The same flows at npm `oidc-provider`, in turns: what a person or a machine gets from `/token`, bound to a key.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use keybound_proto::{dpop::DpopNonce, form::Form};
use keybound_resource::{Clock as _, SystemClock};
use serde_json::Value;

use crate::{
    http::{self, Answer},
    prover::Prover,
    server::{BOOTSTRAP, Ground, Server},
    signatures::signatures,
    table::{Bar, Table, Unit},
    timer::median,
};

/// The variable that says where Node.js is.
pub(crate) const NODE: &str = "KEYBOUND_BENCH_NODE";

const BAR: Bar = Bar::AtLeast(4.0, Unit::Times);
const PROMPT: Bar = Bar::AtMost(10.0, Unit::Millis);

/// Rounds, in which both take turns.
const ROUNDS: usize = 5;

/// Requests of a round to us, and to the peer, which takes about as long for its share.
const OURS: usize = 1_000;
const PEERS: usize = 150;

/// Requests of the phase in which we are asked for less than we can.
const PACED: usize = 2_000;

/// A flow, and how often a second each redeemed what it takes.
struct Flow {
    name: &'static str,
    rates: Vec<(f64, f64)>,
}

/// Somebody who is asked, and how.
#[derive(Debug)]
pub(crate) struct Party {
    address: SocketAddr,
    token: String,
    authorize: String,
    cookie: String,
    machine: String,
    code: String,
    refresh: String,
    prover: Prover,
}

/// The peer's process, and who may be asked what.
#[derive(Debug)]
pub(crate) struct Parties {
    pub(crate) ours: Party,
    peer: Party,
    process: Child,
}

/// Measures the three flows of the token endpoint.
pub(crate) fn measure(
    table: &mut Table,
    (binary, node): (&Path, Option<&Path>),
    folder: &Path,
) -> Result<()> {
    let mut flows = ["`client_credentials`", "codes redeemed", "refresh tokens rotated"]
        .map(|name| Flow { name, rates: Vec::new() });
    let what = |flow: &Flow| format!("{} with DPoP over HTTP, beside npm oidc-provider", flow.name);
    let Some(node) = node else {
        for flow in &flows {
            table.not_measured(&what(flow), BAR, &format!("{NODE} names no Node.js"));
        }
        return Ok(());
    };
    let server = Ground::new(folder)?.serve(binary)?;
    let parties = Parties::meet(node, &server)?;
    for round in 0..ROUNDS {
        // Who is first takes turns too.
        let [mut ours, mut peers] = [[0.0; 3]; 2];
        let mut turns = [(&parties.ours, OURS, &mut ours), (&parties.peer, PEERS, &mut peers)];
        turns.rotate_left(round % 2);
        for (party, count, rates) in turns {
            *rates = party.round(count)?;
        }
        for (flow, pair) in flows.iter_mut().zip(ours.into_iter().zip(peers)) {
            flow.rates.push(pair);
        }
    }
    let limit = signatures("ES256", 1)?;
    for flow in &flows {
        let middle = |value: fn(&(f64, f64)) -> f64| median(flow.rates.iter().map(value).collect());
        let ours = middle(|(ours, _)| *ours);
        let share = ours / limit * 100.0;
        table.row(
            &what(flow),
            middle(|(ours, peer)| ours / peer),
            BAR,
            format!(
                "{ours:.0}/s on SQLite with `synchronous=full`, {share:.0} % of what the signatures alone allow ({limit:.0}/s); the peer {:.0}/s, in memory; ES256 tokens at both",
                middle(|(_, peer)| *peer),
            ),
        );
    }
    let [machine, _, refresh] = &flows;
    for (flow, requests) in
        [(machine, parties.ours.machines(PACED)?), (refresh, parties.ours.refreshes(PACED)?)]
    {
        let peak = median(flow.rates.iter().map(|(ours, _)| *ours).collect());
        let delays = http::paced(parties.ours.address, requests, peak * 0.7)?;
        let at = |share: f64| {
            let place = (delays.len() as f64 * share) as usize;
            delays.get(place).map_or(f64::NAN, |delay| delay.as_secs_f64() * 1_000.0)
        };
        table.row(
            &format!("{} at 70 % of the peak: 99 of 100 within", flow.name),
            at(0.99),
            PROMPT,
            format!(
                "{:.0}/s asked for; half within {:.1} ms, 999 of 1,000 within {:.1} ms",
                peak * 0.7,
                at(0.5),
                at(0.999)
            ),
        );
    }
    Ok(())
}

impl Parties {
    /// Starts the peer, and signs a person in here and there.
    pub(crate) fn meet(node: &Path, server: &Server) -> Result<Self> {
        let root = crate::root();
        let mut process = Command::new(node)
            .arg(root.join("conformance/peer.mjs"))
            .arg(server.issuer())
            .args(BOOTSTRAP)
            .env("KEYBOUND_BIN", "unused")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("failed to start Node.js")?;
        let told = process.stdout.take().context("its words are piped")?;
        let mut lines = BufReader::new(told).lines().map_while(Result::ok);
        let told = lines.find(|line| line.starts_with('{'));
        let Some(told) = told else {
            _ = process.kill();
            bail!("the peer did not come up; conformance/peer.mjs says why");
        };
        let told: Value = serde_json::from_str(&told)?;
        let party = |name: &str| Party::read(told.get(name).context("both are told of")?);
        Ok(Self { ours: party("ours")?, peer: party("peer")?, process })
    }
}

impl Drop for Parties {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Party {
    fn read(told: &Value) -> Result<Self> {
        let text = |name: &str| {
            let text = told.get(name).and_then(Value::as_str);
            text.map(str::to_owned).with_context(|| format!("the peer does not tell of {name}"))
        };
        let port = told.get("port").and_then(Value::as_u64).context("a port")?;
        let token = text("token")?;
        Ok(Self {
            address: SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?)),
            prover: Prover::new("POST", &token, SystemClock.now())?,
            token,
            authorize: text("authorize")?,
            cookie: text("cookie")?,
            machine: text("machine")?,
            code: text("code")?,
            refresh: text("refresh")?,
        })
    }

    /// Machines, codes and refresh tokens redeemed, a second.
    fn round(&self, count: usize) -> Result<[f64; 3]> {
        let machines = http::load(self.address, self.machines(count)?)?;
        let (codes, answers) = http::exchange(self.address, self.codes(count)?)?;
        let refreshes = http::load(self.address, self.next(&answers)?)?;
        Ok([machines, codes, refreshes])
    }

    fn machines(&self, count: usize) -> Result<Vec<Vec<u8>>> {
        let nonce = self.nonce()?;
        (0..count).map(|_| self.asking(&self.machine, nonce.as_ref())).collect()
    }

    /// Requests that redeem codes; the person who is signed in got them just now.
    fn codes(&self, count: usize) -> Result<Vec<Vec<u8>>> {
        let asked = format!(
            "GET {} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {}\r\n\r\n",
            self.authorize,
            self.address.port(),
            self.cookie
        );
        let (_, answers) = http::exchange(self.address, vec![asked.into_bytes(); count])?;
        let nonce = self.nonce()?;
        let redeem = |answer: &Answer| {
            let location = http::field(&answer.head, "location").unwrap_or_default();
            let (_, query) = location.split_once('?').unwrap_or_default();
            let query = Form::parse(query.as_bytes())?;
            let code =
                query.text("code").with_context(|| format!("no code: {} {location}", answer.status))?;
            self.asking(&format!("{}&code={code}", self.code), nonce.as_ref())
        };
        answers.iter().map(redeem).collect()
    }

    /// Requests that redeem the refresh tokens of answers, each with a proof of the same key.
    fn next(&self, answers: &[Answer]) -> Result<Vec<Vec<u8>>> {
        let nonce = self.nonce()?;
        let redeem = |answer: &Answer| {
            let told: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let text = |name: &str| told.get(name).and_then(Value::as_str);
            let (Some("DPoP"), Some(token)) = (text("token_type"), text("refresh_token")) else {
                bail!("no bound tokens: {} {}", answer.status, answer.body);
            };
            self.asking(&format!("{}&refresh_token={token}", self.refresh), nonce.as_ref())
        };
        answers.iter().map(redeem).collect()
    }

    /// As many refresh tokens of sessions of their own, about to be redeemed.
    pub(crate) fn refreshes(&self, count: usize) -> Result<Vec<Vec<u8>>> {
        let (_, answers) = http::exchange(self.address, self.codes(count)?)?;
        self.next(&answers)
    }

    /// The newest nonce, where they are wanted: who proves without one is told.
    fn nonce(&self) -> Result<Option<DpopNonce>> {
        let asked = self.asking(&format!("{}&refresh_token=none", self.refresh), None)?;
        let answer = http::ask(self.address, &asked)?;
        Ok(http::field(&answer.head, "dpop-nonce").and_then(DpopNonce::parse))
    }

    /// A token request with a proof of its own.
    fn asking(&self, body: &str, nonce: Option<&DpopNonce>) -> Result<Vec<u8>> {
        let path = self.token.splitn(4, '/').nth(3).unwrap_or_default();
        let head = format!(
            "POST /{path} HTTP/1.1\r\nHost: localhost:{}\r\nDPoP: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            self.address.port(),
            self.prover.prove_at(SystemClock.now(), nonce)?,
            body.len()
        );
        Ok([head.as_bytes(), body.as_bytes()].concat())
    }
}
