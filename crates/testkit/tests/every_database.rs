//! Races at the token endpoint, over every database and between servers that share one.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::sync::Arc;

use keybound_authority::grant::refresh::Found;
use keybound_authority::model::digest::RefreshDigest;
use keybound_crypto::AwsLc;
use keybound_proto::jose::Digest as _;
use keybound_proto::time::Lifetime;
use keybound_store::ledger::{keys, refresh_tokens};
use keybound_testkit::{Answer, Wallet, World};

/// RFC 6749 §4.1.2: a code is used once, however many try at once.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_redeem_a_code_at_once_one_gets_tokens() {
    for world in World::each().await {
        let (world, wallet) = (Arc::new(world), Arc::new(Wallet::new()));
        learn_a_nonce(&world, &wallet).await;
        let code = world.code().await;
        let answers = race(&world, &wallet, move || World::redeem(&code)).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{}", world.name);
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(lost.text("error"), "invalid_grant", "{}: {lost:?}", world.name);
        }
    }
}

/// Many tabs refresh at once: within the leeway the same key gets the same successor, and one family lives.
#[tokio::test(flavor = "multi_thread")]
async fn many_who_refresh_at_once_end_with_one_successor_and_one_live_family() {
    for world in World::each().await {
        let (world, wallet) = (Arc::new(world), Arc::new(Wallet::new()));
        let code = world.code().await;
        let first = wallet.token(&world, &World::redeem(&code)).await;
        first.ok();
        let token = first.text("refresh_token");
        let answers = race(&world, &wallet, move || World::refresh(&token)).await;
        let successors: BTreeSet<_> = answers
            .iter()
            .map(|answer| {
                answer.ok();
                answer.text("refresh_token")
            })
            .collect();
        assert_eq!(successors.len(), 1, "{}", world.name);
        let live = live(&world, successors.first().unwrap()).await;
        assert_eq!(live, 1, "{}", world.name);
    }
}

/// RFC 9700 §4.14.2: past the leeway, a spent refresh token revokes its family.
#[tokio::test]
async fn a_spent_refresh_token_revokes_its_family_when_the_leeway_is_over() {
    for world in World::each().await {
        let wallet = Wallet::new();
        let code = world.code().await;
        let first = wallet.token(&world, &World::redeem(&code)).await.text("refresh_token");
        let second = wallet.token(&world, &World::refresh(&first)).await.text("refresh_token");
        world.clock.turn(Lifetime::seconds(31));
        let reused = wallet.token(&world, &World::refresh(&first)).await;
        assert_eq!(reused.text("error"), "invalid_grant", "{}: {reused:?}", world.name);
        let after = wallet.token(&world, &World::refresh(&second)).await;
        assert_eq!(after.text("error"), "invalid_grant", "{}: {after:?}", world.name);
        assert_eq!(live(&world, &second).await, 0, "{}", world.name);
    }
}

/// Whoever has the token but not the key gets nothing and spoils nothing.
#[tokio::test]
async fn a_thief_can_neither_use_nor_spend_nor_revoke_a_bound_refresh_token() {
    for world in World::each().await {
        let (owner, thief) = (Wallet::new(), Wallet::new());
        let code = world.code().await;
        let first = owner.token(&world, &World::redeem(&code)).await.text("refresh_token");
        let stolen = thief.token(&world, &World::refresh(&first)).await;
        assert_ne!(stolen.status, 200, "{}: {stolen:?}", world.name);
        let second = owner.token(&world, &World::refresh(&first)).await.text("refresh_token");
        world.clock.turn(Lifetime::seconds(31));
        // The token is spent by now: from its owner this would be reuse.
        let stolen = thief.token(&world, &World::refresh(&first)).await;
        assert_ne!(stolen.status, 200, "{}: {stolen:?}", world.name);
        owner.token(&world, &World::refresh(&second)).await.ok();
    }
}

#[tokio::test]
async fn servers_that_share_a_database_are_one_to_their_clients() {
    for one in World::shared().await {
        let (other, wallet) = (one.beside().await, Wallet::new());
        let (mine, theirs) = (signing_keys(&one).await, signing_keys(&other).await);
        assert_eq!(mine, theirs, "{}: one set of keys", one.name);
        let code = one.code().await;
        let first = wallet.token(&other, &World::redeem(&code)).await.text("refresh_token");
        let second = wallet.token(&one, &World::refresh(&first)).await.text("refresh_token");
        let again = wallet.token(&other, &World::refresh(&first)).await;
        assert_eq!(again.text("refresh_token"), second, "{}: a lost answer, asked for elsewhere", one.name);
        let spent = wallet.token(&other, &World::redeem(&code)).await;
        assert_eq!(spent.text("error"), "invalid_grant", "{}", one.name);
    }
}

/// RFC 9449 §11.1: a proof is used once, at whichever server. Servers on PostgreSQL remember proofs together;
/// a SQLite file belongs to one server, which remembers them alone.
#[tokio::test]
async fn a_proof_used_at_one_server_is_a_replay_at_the_other() {
    for one in World::shared().await.into_iter().filter(|world| world.name == "PostgreSQL") {
        let (other, wallet) = (one.beside().await, Wallet::new());
        learn_a_nonce(&one, &wallet).await;
        let proof = wallet.proof(one.now());
        let headers = [("dpop", proof.as_str())];
        let first = one.post("/oauth/token", &World::redeem(&one.code().await), &headers).await;
        first.ok();
        let second = other.post("/oauth/token", &World::redeem(&one.code().await), &headers).await;
        assert_eq!(second.text("error"), "invalid_dpop_proof", "{}: {second:?}", one.name);
    }
}

/// Thirty-two token requests at once, each with a proof of its own.
async fn race(
    world: &Arc<World>,
    wallet: &Arc<Wallet>,
    form: impl Fn() -> keybound_proto::form::Form,
) -> Vec<Answer> {
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (world, wallet, form) = (Arc::clone(world), Arc::clone(wallet), form());
        racers.spawn(async move {
            let proof = wallet.proof(world.now());
            world.post("/oauth/token", &form, &[("dpop", &proof)]).await
        });
    }
    racers.join_all().await
}

/// Redeems nothing, to be told a nonce.
async fn learn_a_nonce(world: &World, wallet: &Wallet) {
    wallet.token(world, &World::redeem("no such code")).await;
}

/// How many unspent tokens the family of a refresh token has.
async fn live(world: &World, token: &str) -> usize {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let digest = RefreshDigest::from_bytes(AwsLc.sha256(&[token.as_bytes()]));
    let found = refresh_tokens::find(store, tenant, &digest).await.unwrap();
    assert_ne!(found, Found::Unknown, "{}", world.name);
    refresh_tokens::live(store, tenant, &found.token().unwrap().family).await.unwrap().len()
}

async fn signing_keys(world: &World) -> Vec<String> {
    let keys = keys::load(&world.app.store, &world.app.tenant.id).await.unwrap();
    keys.into_iter().map(|key| key.kid.as_str().to_owned()).collect()
}
