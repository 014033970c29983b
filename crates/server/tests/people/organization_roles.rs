//! Roles that members have within an organization: felt in tokens for it, and nowhere else, as at Auth0.

use keybound_store::{
    Batch,
    documents::{ResourceServers, Roles},
    ledger::{
        organizations::{give_role, take_role},
        roles::{self, Holder, Permission},
    },
};
use serde_json::{Value, json};

use crate::{
    organizations::{ADA, at, claims, joins, redeems, refreshes, tokens, world},
    world::{Browser, World, but},
};

const STOCK: &str = "https://stock.example/";

/// A role for each scope of an API that enforces roles: Ada reads for herself, counts in the first organization and
/// writes in the second.
async fn staffed() -> World {
    let world = world().await;
    joins(&world, "org_other", ADA).await;
    let scopes = ["read:stock", "count:stock", "write:stock"];
    let api = json!({
        "id": "stock", "identifier": STOCK, "name": "Stock", "signing_alg": "RS256", "enforce_policies": true,
        "token_dialect": "access_token_authz", "allow_offline_access": true,
        "skip_consent_for_verifiable_first_party_clients": true,
        "scopes": scopes.map(|value| json!({ "value": value })),
    });
    world.insert::<ResourceServers>("stock", api).await;
    let mut batch = Batch::new();
    let tenant = &world.app.tenant.id;
    for scope in scopes {
        let permission = Permission { audience: STOCK.to_owned(), name: scope.to_owned() };
        roles::permit(&mut batch, tenant, Holder::Role(&role(scope)), &permission);
    }
    roles::assign(&mut batch, tenant, (ADA, &role("read:stock")));
    give_role(&mut batch, tenant, ("org_acme", ADA), &role("count:stock"));
    give_role(&mut batch, tenant, ("org_other", ADA), &role("write:stock"));
    world.app.store.apply(batch).await.unwrap();
    for scope in scopes {
        let id = role(scope);
        world.insert::<Roles>(&id, json!({ "id": id, "name": scope })).await;
    }
    world
}

fn role(scope: &str) -> String {
    format!("rol_{}", &scope[..4])
}

/// What a token says that Ada gets for an organization, or for none; and what came with it.
async fn signed_in(world: &World, organization: &str) -> (Browser, Value) {
    let mut browser = world.browser();
    let ask = but(&at("b2b", organization), "audience", STOCK);
    let ask = but(&ask, "scope", "openid offline_access read:stock count:stock write:stock");
    let code = browser.signs_in(&ask).await.brings_a_code();
    let tokens = tokens(&redeems(&mut browser, "b2b", &code).await);
    (browser, tokens)
}

/// The scopes of the API that are granted, and the permissions that are listed.
fn felt(tokens: &Value) -> (Vec<String>, Value) {
    let claims = claims(tokens, "access_token");
    let scopes = claims["scope"].as_str().unwrap().split(' ').filter(|scope| scope.ends_with(":stock"));
    (scopes.map(str::to_owned).collect(), claims["permissions"].clone())
}

async fn changes(world: &World, change: fn(&mut Batch, &World)) {
    let mut batch = Batch::new();
    change(&mut batch, world);
    world.app.store.apply(batch).await.unwrap();
}

#[tokio::test]
async fn a_role_is_felt_in_tokens_for_its_organization_alone() {
    let world = staffed().await;
    for (organization, may) in [("", "read:stock"), ("org_acme", "count:stock"), ("org_other", "write:stock")]
    {
        let (_, tokens) = signed_in(&world, organization).await;
        assert_eq!(felt(&tokens), (vec![may.to_owned()], json!([may])), "{organization:?}");
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_from_the_next_token_and_one_that_is_given_is_in_it() {
    let world = staffed().await;
    let (mut browser, first) = signed_in(&world, "org_acme").await;
    let (mut plain, own) = signed_in(&world, "").await;
    changes(&world, |batch, world| {
        give_role(batch, &world.app.tenant.id, ("org_acme", ADA), "rol_writ");
    })
    .await;
    let second = tokens(&refreshes(&mut browser, "b2b", &first).await);
    let (granted, listed) = felt(&second);
    assert_eq!(granted, ["count:stock"], "a refresh grants no more than was granted");
    assert_eq!(listed, json!(["count:stock", "write:stock"]));
    changes(&world, |batch, world| {
        for role in ["rol_coun", "rol_writ"] {
            take_role(batch, &world.app.tenant.id, ("org_acme", ADA), role);
        }
    })
    .await;
    let third = tokens(&refreshes(&mut browser, "b2b", &second).await);
    assert_eq!(felt(&third), (Vec::new(), json!([])));
    let own = tokens(&refreshes(&mut plain, "b2b", &own).await);
    assert_eq!(
        felt(&own),
        (vec!["read:stock".to_owned()], json!(["read:stock"])),
        "her own are as they were"
    );
}
