//! A server is killed in the middle of a refresh: the client's retry ends with exactly one live family.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use keybound_authority::model::digest::RefreshDigest;
use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::jose::{Alg, Digest as _, decode_base64url, encode_base64url};
use keybound_store::Database;
use keybound_store::ledger::refresh_tokens;
use keybound_testkit::{Wallet, World};

/// How the process that is killed is told where its database is, its client's key, and its refresh token.
const WHERE: &str = "KEYBOUND_TEST_KILLED_WHERE";
const KEY: &str = "KEYBOUND_TEST_KILLED_KEY";
const TOKEN: &str = "KEYBOUND_TEST_KILLED_TOKEN";

#[tokio::test]
async fn a_killed_server_loses_no_refresh_and_leaves_one_live_family() {
    for world in World::shared().await {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let kept = encode_base64url(key.to_pkcs8().unwrap().reveal());
        let wallet = Wallet::of(key);
        let first = wallet.token(&world, &World::redeem(&world.code().await)).await;
        let mut held = first.text("refresh_token");

        for round in 0..6 {
            let mut victim = Command::new(std::env::current_exe().unwrap())
                .args(["a_process_that_is_told_to_refresh_does", "--exact", "--nocapture"])
                .envs([(WHERE, world.address()), (KEY, kept.clone()), (TOKEN, held.clone())])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
            let mut refreshed = 0;
            while refreshed < 5 + round {
                let line = lines.next().unwrap().unwrap();
                if let Some(token) = line.strip_prefix("got ") {
                    held = token.to_owned();
                    refreshed += 1;
                }
            }
            // Wherever in the next refresh it is by now.
            std::thread::sleep(std::time::Duration::from_millis(7 * round));
            victim.kill().unwrap();
            victim.wait().unwrap();
            for line in lines.map_while(Result::ok) {
                if let Some(token) = line.strip_prefix("got ") {
                    held = token.to_owned();
                }
            }

            let after = world.beside().await;
            let retried = wallet.token(&after, &World::refresh(&held)).await;
            retried.ok();
            held = retried.text("refresh_token");
            let (store, tenant) = (&after.app.store, &after.app.tenant.id);
            let digest = RefreshDigest::from_bytes(AwsLc.sha256(&[held.as_bytes()]));
            let found = refresh_tokens::find(store, tenant, &digest).await.unwrap();
            let family = &found.token().unwrap().family;
            let live = refresh_tokens::live(store, tenant, family).await.unwrap();
            assert_eq!(live.len(), 1, "{}: round {round}", world.name);
        }
    }
}

/// The process that is killed; by itself it has nothing to do.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the process is told by its environment what to do")]
async fn a_process_that_is_told_to_refresh_does() {
    let (Ok(place), Ok(key), Ok(mut held)) = (std::env::var(WHERE), std::env::var(KEY), std::env::var(TOKEN))
    else {
        return;
    };
    let world = World::of_another_process(&Database::parse(&place).unwrap()).await;
    let key = SigningKey::from_pkcs8(Alg::Es256, &decode_base64url(&key).unwrap()).unwrap();
    let wallet = Wallet::of(key);
    loop {
        let answer = wallet.token(&world, &World::refresh(&held)).await;
        answer.ok();
        held = answer.text("refresh_token");
        println!("got {held}");
    }
}
