//! Proofs: checked, made, refused; nonces and claims.

use anyhow::{Context as _, Result};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    dpop::{Claim, Expect, HeldBy, NonceKeys, NoncePurpose, NonceRule, Proof},
    secret::Secret,
    time::Timestamp,
};
use keybound_resource::ReplayMemory;
use keybound_store::{Claimed, Fleeting, FleetingKey, FleetingMemory};

use crate::{
    prover::{self, Prover},
    raw::Es256,
    ready::ready,
    table::{Bar, Table, Unit},
    timer::{self, Turns},
};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Proofs that a memory holds already when it is measured.
const REMEMBERED: usize = 200_000;

/// What memories are made for.
const CAPACITY: usize = 1 << 20;

/// Measures proofs, nonces and claims.
pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let memory = memory()?;
    proofs(table, &memory)?;
    nonces(table)?;
    claims(table, &memory)
}

fn proofs(table: &mut Table, memory: &ReplayMemory) -> Result<()> {
    let nonces = nonce_keys();
    let prover = Prover::new("GET", "https://api.example/orders", NOW)?
        .with_token(&"x".repeat(839))
        .with_nonce(nonces.mint(NOW, &AwsLc));
    let urls = [prover.url().clone()];
    let expect = Expect {
        token: prover.token(),
        nonce: NonceRule::Required(&nonces),
        ..Expect::new("GET", &urls, HeldBy::Anyone)
    };
    let raw = Es256::of(prover.builder().key(), &prover.prove_many(Turns::LONG.total())?)?;
    let mut proofs = prover.prove_many(Turns::LONG.total())?.into_iter();
    let checked = || {
        let proof = proofs.next().unwrap_or_default();
        let checked = Proof::parse([proof.as_bytes()])
            .ok()
            .flatten()
            .and_then(|proof| proof.check(&expect, &AwsLc, NOW).ok());
        let held = checked.and_then(|checked| {
            let (key, until) = checked.replay_key();
            checked.claimed(memory.claim(&key, until, NOW)).ok()
        });
        assert!(held.is_some(), "the proof is good");
    };
    let made = || assert!(prover.prove().is_ok(), "the key signs");
    let [unparsed, parsed] = raw.verifiers();
    let [unparsed, parsed, checked, sign, made] = timer::compare(
        Turns::LONG,
        [unparsed, parsed, Box::new(checked), Box::new(|| raw.sign()), Box::new(made)],
    );
    let verify = unparsed.least(&parsed);
    table.row(
        "proof checked: parsed, every check, claimed in memory (ES256)",
        checked.over(&verify),
        Bar::AtMost(1.15, Unit::Times),
        format!("{:.1} µs; one raw ES256 verify: {:.1} µs", checked.micros(), verify.micros()),
    );
    table.row(
        "proof made (ES256)",
        made.over(&sign),
        Bar::AtMost(1.15, Unit::Times),
        format!("{:.1} µs; one raw ES256 sign: {:.1} µs", made.micros(), sign.micros()),
    );
    Ok(())
}

fn nonces(table: &mut Table) -> Result<()> {
    let nonces = nonce_keys();
    let nonce = nonces.mint(NOW, &AwsLc);
    let [opened] = timer::compare(
        Turns::SHORT,
        [Box::new(|| assert!(nonces.open(nonce.as_str(), NOW, &AwsLc).is_ok(), "the nonce is ours"))],
    );
    table.row("nonce checked", opened.micros(), Bar::AtMost(1.0, Unit::Micros), String::new());
    Ok(())
}

fn claims(table: &mut Table, memory: &ReplayMemory) -> Result<()> {
    let servers = Fleeting::Memory(FleetingMemory::new(CAPACITY, NOW).into());
    let seen = prover::replay_keys(REMEMBERED, NOW)?;
    for (key, until) in &seen {
        let claim = ready(servers.claim(&FleetingKey::of_hash(*key.as_bytes()), *until, NOW))?;
        matches!(claim, Claimed::First).then_some(()).context("no key comes twice")?;
    }
    let fresh = prover::replay_keys(Turns::SHORT.total(), NOW)?;
    let (mut for_guard, mut for_server) = (fresh.iter(), fresh.iter());
    let guards = || {
        let claim = for_guard.next().map(|(key, until)| memory.claim(key, *until, NOW));
        assert_eq!(claim, Some(Claim::First), "no key comes twice");
    };
    let servers = || {
        let Some((key, until)) = for_server.next() else { return };
        let claim = ready(servers.claim(&FleetingKey::of_hash(*key.as_bytes()), *until, NOW));
        assert!(matches!(claim, Ok(Claimed::First)), "no key comes twice");
    };
    let [guards, servers] = timer::compare(Turns::SHORT, [Box::new(guards), Box::new(servers)]);
    let beside = format!("beside {REMEMBERED} that are remembered");
    table.row("claim in a guard's memory", guards.micros(), Bar::AtMost(1.0, Unit::Micros), beside.clone());
    table.row("claim in the server's memory", servers.micros(), Bar::AtMost(1.0, Unit::Micros), beside);
    Ok(())
}

/// A memory in which much is remembered.
fn memory() -> Result<ReplayMemory> {
    let memory = ReplayMemory::new(CAPACITY);
    for (key, until) in prover::replay_keys(REMEMBERED, NOW)? {
        let first = memory.claim(&key, until, NOW) == Claim::First;
        first.then_some(()).context("no key comes twice")?;
    }
    Ok(memory)
}

fn nonce_keys() -> NonceKeys {
    NonceKeys::new(Secret::new(entropy::bytes()), NoncePurpose::ResourceServer, 0)
}
