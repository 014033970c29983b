//! The server is killed (`kill -9`) and started again on the same SQLite file, in the middle of things.

use std::{path::PathBuf, sync::Arc};

use keybound_client::{
    Again, Client, Config, System, drive,
    http::{Limits, Web},
    session::{MemoryStore, Renew, Session},
};
use keybound_proto::{form::Form, id::TenantId};
use keybound_server::{App, Clock, config::IssuerUrl};
use keybound_store::{
    Database, events,
    testing::{self, Scratch},
};
use tokio::task::JoinSet;

use crate::{
    browser::Browser,
    child::{self, Child},
    log,
    relay::Relay,
    world::{AUDIENCE, PASSWORD, ask, begin, furnish, query, scopes, want},
};

/// A server in a process of its own.
struct Real {
    web: Web,
    relay: Relay,
    process: Option<Child>,
    scratch: Scratch,
}

impl Real {
    async fn start() -> Self {
        log::listen();
        let scratch = testing::shared().await.into_iter().next().unwrap();
        let web = Web::new(Limits::default()).unwrap();
        let mut real = Self { web, relay: Relay::open().await, process: None, scratch };
        let url = real.relay.url();
        let issuer = IssuerUrl::parse("issuer", &url).unwrap();
        let config = child::config(real.file(), &url);
        furnish(&App::open(config, &issuer, Clock::system()).await.unwrap()).await;
        real.restart().await;
        real
    }

    fn file(&self) -> PathBuf {
        let Database::Sqlite { path, .. } = &self.scratch.database else { panic!("a file comes first") };
        path.clone()
    }

    async fn kill(&mut self) {
        self.relay.lead_to(None);
        if let Some(process) = self.process.take() {
            process.kill().await;
        }
    }

    async fn restart(&mut self) {
        self.kill().await;
        let mut process = Child::serving(&self.file(), &self.relay.url());
        self.relay.lead_to(Some(process.says().await.parse().unwrap()));
        self.process = Some(process);
    }

    async fn client(&self) -> Client {
        let config = Config::new(&self.relay.url(), "spa").unwrap();
        let config = config.audience(AUDIENCE).scopes(scopes("openid offline_access read:orders"));
        config.connect(&self.web).await.unwrap()
    }

    /// Ends it, and looks for the last tokens and the code of a session in what all its processes logged.
    async fn ends_having_told_nothing_of(mut self, session: &Session<Web>, answer: &str) {
        let tokens = session.token(&want()).await.unwrap();
        self.kill().await;
        let code = Form::parse(answer.as_bytes()).unwrap().text("code").unwrap().to_owned();
        let access = tokens.access_token.reveal().split_once('.').unwrap().1;
        let refresh = session.refresh_token(None).await.unwrap().unwrap();
        assert_eq!(log::told([code.as_str(), access, refresh.reveal(), PASSWORD]), None);
        assert!(log::has_heard("keybound_server"), "the server was heard");
    }

    /// How often a refresh token was redeemed, by the tenant's log.
    async fn refreshes(&self) -> usize {
        let tenant = TenantId::parse("default").unwrap();
        let log = events::after(self.scratch.store(), &tenant, None, 1000).await.unwrap();
        log.iter().filter(|event| &*event.kind == "sertft").count()
    }
}

#[tokio::test]
async fn a_killed_server_loses_no_code_and_no_session() {
    let mut real = Real::start().await;
    let client = real.client().await;
    let flow = begin(&client, &ask());
    let back = Browser::new(&real.web).signs_in(flow.url()).await;
    real.restart().await;
    let tokens = drive(flow.come_back(&client, query(&back)).unwrap(), &real.web, &System).await.unwrap();
    let session = Session::of_user(client, real.web.clone(), Arc::new(MemoryStore::default()));
    session.keep(&want(), tokens).await.unwrap();

    session.token_when(&want(), Renew::Now).await.unwrap();
    real.restart().await;
    session.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(real.refreshes().await, 2, "each once");

    // Killed after it redeemed the token, and before anybody heard of it.
    real.relay.controls().hold();
    let refreshing = {
        let session = session.clone();
        tokio::spawn(async move { session.token_when(&want(), Renew::Now).await })
    };
    real.relay.controls().until_held(1).await;
    real.kill().await;
    real.relay.controls().release();
    let error = refreshing.await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.transport", Again::Later));
    real.restart().await;
    for _ in 0..2 {
        assert!(session.token_when(&want(), Renew::Now).await.unwrap().is_bound());
    }
    real.ends_having_told_nothing_of(&session, query(&back)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_calls_under_way_when_the_server_is_killed_are_all_answered() {
    let mut real = Real::start().await;
    let client = real.client().await;
    let flow = begin(&client, &ask());
    let back = Browser::new(&real.web).signs_in(flow.url()).await;
    let tokens = drive(flow.come_back(&client, query(&back)).unwrap(), &real.web, &System).await.unwrap();
    let session = Session::of_user(client, real.web.clone(), Arc::new(MemoryStore::default()));
    session.keep(&want(), tokens).await.unwrap();
    let userinfo = session.fetcher(&real.relay.url()).unwrap().wanting(want());
    assert_eq!(userinfo.get("userinfo").send().await.unwrap().status(), 200);

    real.relay.controls().hold();
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let userinfo = userinfo.clone();
        calls.spawn(async move { userinfo.get("userinfo").send().await });
    }
    real.relay.controls().until_held(50).await;
    real.kill().await;
    real.relay.controls().release();
    real.restart().await;
    for answer in calls.join_all().await {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.attempts() > 1);
    }
    session.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(real.refreshes().await, 1);
    real.ends_having_told_nothing_of(&session, query(&back)).await;
}
