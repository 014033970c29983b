//! Every operation an administrator's tools need has a name in the management client.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use keybound_client::{
    http::{Body, Http, Request, Response, TransportError},
    management::{Import, Management},
    session::{MemoryStore, Session},
};
use serde_json::json;

use crate::wire::client;

/// Keeps what was asked for, and answers it with nothing.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<BTreeSet<String>>>);

impl Http for Listener {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let path = request.uri().path().to_owned();
        if let Some(place) = path.strip_prefix("/api/v2") {
            let place = place.replace("%7B%7D", "{}");
            self.0.lock().unwrap().insert(format!("{} {place}", request.method()));
            return Ok(Response::new("{}".into()));
        }
        Ok(Response::new(r#"{"access_token":"a","token_type":"DPoP","expires_in":600}"#.into()))
    }
}

macro_rules! asks {
    ($($call:expr;)*) => {
        // What comes of it is not what it should be; that it was asked is what counts.
        $(drop($call.await);)*
    };
}

async fn people(management: &Management, id: &str) {
    let (users, none) = (management.users(), json!({}));
    asks! {
        users.list().page(); users.read(id); users.create(&none); users.update(id, &none); users.delete(id);
        users.roles(id).page(); users.add_roles(id, &[id]); users.remove_roles(id, &[id]);
        users.permissions(id).page(); users.add_permissions(id, &[]); users.remove_permissions(id, &[]);
        users.logs(id).page(); users.sessions(id).page(); users.delete_sessions(id);
        users.refresh_tokens(id).page(); users.delete_refresh_tokens(id); users.revoke_access(id, &none);
        users.link(id, &none); users.unlink(id, id, id);
        users.authentication_methods(id).page(); users.authentication_method(id, id);
        users.create_authentication_method(id, &none); users.replace_authentication_methods(id, &[]);
        users.update_authentication_method(id, id, &none); users.delete_authentication_method(id, id);
        users.delete_authentication_methods(id); users.delete_authenticators(id); users.enrollments(id).page();
        users.delete_multifactor(id, id); users.forget_browsers(id); users.regenerate_recovery_code(id);
        management.users_by_email(id); management.blocks(id); management.unblock(id);
        management.blocks_of_user(id); management.unblock_user(id);
        management.sessions().read(id); management.sessions().update(id, &none);
        management.sessions().delete(id); management.sessions().revoke(id);
        management.refresh_tokens().list().page(); management.refresh_tokens().read(id);
        management.refresh_tokens().update(id, &none); management.refresh_tokens().delete(id);
        management.refresh_tokens().revoke(&none);
        management.grants().list().page(); management.grants().delete(id); management.grants().delete_of_user(id);
        management.device_credentials().list().page(); management.device_credentials().create(&none);
        management.device_credentials().delete(id);
    }
}

async fn applications(management: &Management, id: &str) {
    let (clients, connections, none) = (management.clients(), management.connections(), json!({}));
    let (apis, grants, roles) =
        (management.resource_servers(), management.client_grants(), management.roles());
    asks! {
        clients.list().page(); clients.read(id); clients.create(&none); clients.update(id, &none);
        clients.delete(id); clients.rotate_secret(id); clients.connections(id).page();
        clients.credentials(id).page(); clients.credential(id, id); clients.create_credential(id, &none);
        clients.update_credential(id, id, &none); clients.delete_credential(id, id);
        connections.list().page(); connections.read(id); connections.create(&none);
        connections.update(id, &none); connections.delete(id); connections.clients(id).page();
        connections.update_clients(id, &[]); connections.keys(id).page(); connections.create_keys(id, &none);
        connections.rotate_keys(id); connections.status(id); connections.delete_user(id, id);
        apis.list().page(); apis.read(id); apis.create(&none); apis.update(id, &none); apis.delete(id);
        grants.list().page(); grants.read(id); grants.create(&none); grants.update(id, &none); grants.delete(id);
        grants.organizations(id).page();
        roles.list().page(); roles.read(id); roles.create(&none); roles.update(id, &none); roles.delete(id);
        roles.permissions(id).page(); roles.add_permissions(id, &[]); roles.remove_permissions(id, &[]);
        roles.users(id).page(); roles.add_users(id, &[id]);
    }
}

async fn tenant(management: &Management, id: &str) {
    let (rules, configs, keys, none) =
        (management.rules(), management.rules_configs(), management.signing_keys(), json!({}));
    let jobs = management.jobs();
    asks! {
        rules.list().page(); rules.read(id); rules.create(&none); rules.update(id, &none); rules.delete(id);
        configs.list().page(); configs.set(id, "v"); configs.delete(id);
        keys.list().page(); keys.read(id); keys.rotate(); keys.revoke(id);
        jobs.read(id); jobs.errors(id); jobs.import_users(&Import::default(), b"[]"); jobs.export_users(&none);
        jobs.verification_email(&none);
        management.logs().list().page(); management.logs().read(id); management.active_users();
        management.daily_stats("20260101", "20260131"); management.tenant_settings();
        management.update_tenant_settings(&none); management.email_verification_ticket(&none);
        management.password_change_ticket(&none);
    }
}

#[expect(clippy::disallowed_methods, reason = "where the contract is, which is no part of this repository")]
#[tokio::test]
async fn every_operation_that_must_be_there_has_a_name() {
    let Some(contract) = std::env::var_os("KEYBOUND_CONTRACT") else {
        println!("skipped: KEYBOUND_CONTRACT is not set");
        return;
    };
    let listener = Listener::default();
    let session = Session::of_machine(client(), listener.clone(), Arc::new(MemoryStore::default()));
    let management = Management::of(&session).unwrap();
    people(&management, "{}").await;
    applications(&management, "{}").await;
    tenant(&management, "{}").await;

    let file = PathBuf::from(contract).join("contract/management-ops.tsv");
    let table = std::fs::read_to_string(file).unwrap();
    let rows = table.lines().filter_map(|row| row.strip_prefix("must\t"));
    let wanted: BTreeSet<String> = rows
        .map(|row| {
            let columns: Vec<_> = row.split('\t').collect();
            let steps = columns[2].split('/').map(|step| if step.starts_with('{') { "{}" } else { step });
            format!("{} {}", columns[1], steps.collect::<Vec<_>>().join("/"))
        })
        .collect();
    assert_eq!(wanted.len(), 121);
    let asked = listener.0.lock().unwrap();
    let (missing, odd) = (wanted.difference(&asked), asked.difference(&wanted));
    let (missing, odd): (Vec<_>, Vec<_>) = (missing.collect(), odd.collect());
    assert!(missing.is_empty() && odd.is_empty(), "without a name: {missing:#?}; of no operation: {odd:#?}");
}
