//! Proofs: checked and made, against one raw signature of the same library.

use anyhow::{Context as _, Result};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
        UnparsedPublicKey,
    },
};
use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{
        Claim, Draft, Expect, HeldBy, NonceKeys, NoncePurpose, NonceRule, Proof, ProofBuilder, TokenHash,
    },
    id::Jti,
    jose::Alg,
    secret::Secret,
    time::Timestamp,
    uri::Htu,
};

use crate::{
    table::Table,
    timer::{self, Contestant, Cost},
};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// The raw signatures everything else is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw {
    /// One ES256 signature, checked; the key arrives with the message, as it does in a proof.
    pub(crate) verify: Cost,
    /// One ES256 signature, made.
    pub(crate) sign: Cost,
}

/// Measures proofs.
pub(crate) fn measure(table: &mut Table) -> Result<Raw> {
    let key = SigningKey::generate(Alg::Es256)?;
    let pkcs8 = key.to_pkcs8()?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.reveal())
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let url = Htu::parse("https://api.example/orders?page=1")?;
    let urls = [url.clone()];
    let token = TokenHash::of(&"x".repeat(839), &AwsLc);
    let nonces =
        NonceKeys::new(Secret::new(entropy::bytes()), NoncePurpose::ResourceServer, 0);
    let nonce = nonces.mint(NOW, &AwsLc);
    let builder = ProofBuilder::new(key, &AwsLc);
    let prove = |jti: &Jti| {
        builder.prove(&Draft {
            jti,
            method: "GET",
            url: &url,
            now: NOW,
            token: Some(&token),
            nonce: Some(&nonce),
        })
    };
    let jti = Jti::parse(&entropy::token::<16>())?;
    let proof = prove(&jti)?;
    let (message, signature) = proof.rsplit_once('.').context("a proof has three parts")?;
    let signature = keybound_proto::jose::decode_base64url(signature)?;
    let public = pair.public_key().as_ref();
    let random = SystemRandom::new();
    let expect = Expect {
        token: Some(&token),
        nonce: NonceRule::Required(&nonces),
        ..Expect::new("GET", &urls, HeldBy::Anyone)
    };
    let mut contestants: Vec<Contestant<'_>> = vec![
        Box::new(|| {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
            assert!(key.verify(message.as_bytes(), &signature).is_ok());
        }),
        Box::new(|| {
            let Ok(key) = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public) else { unreachable!("it parsed") };
            assert!(key.verify_sig(message.as_bytes(), &signature).is_ok());
        }),
        Box::new(|| {
            let checked = Proof::parse([proof.as_bytes()])
                .ok()
                .flatten()
                .and_then(|proof| proof.check(&expect, &AwsLc, NOW).ok());
            assert!(checked.is_some_and(|checked| checked.claimed(Claim::First).is_ok()));
        }),
        Box::new(|| assert!(pair.sign(&random, message.as_bytes()).is_ok())),
        Box::new(|| {
            let Ok(jti) = Jti::parse(&entropy::token::<16>()) else { unreachable!("base64url is an id") };
            assert!(prove(&jti).is_ok());
        }),
        Box::new(|| assert!(Proof::parse([b"abc.def".as_slice()]).is_err())),
        Box::new(|| assert!(nonces.open(nonce.as_str(), NOW, &AwsLc).is_ok())),
    ];
    let costs = timer::compare(&mut contestants);
    let [unparsed, parsed, checked, sign, made, garbage, opened] = costs.as_slice() else {
        unreachable!("seven went in")
    };
    let verify = if unparsed.nanos < parsed.nanos { unparsed } else { parsed };
    table.at_most(
        "proof checked (parse, every check), ES256",
        checked.over(*verify),
        1.15,
        " ×",
        format!("{:.1} µs against one raw verify, {:.1} µs", checked.micros(), verify.micros()),
    );
    table.at_most(
        "proof made, ES256",
        made.over(*sign),
        1.15,
        " ×",
        format!("{:.1} µs against one raw sign, {:.1} µs", made.micros(), sign.micros()),
    );
    table.at_most("garbage `DPoP` header refused", garbage.micros(), 5.0, " µs", String::new());
    table.at_most("nonce checked", opened.micros(), 1.0, " µs", String::new());
    Ok(Raw { verify: *verify, sign: *sign })
}
