//! A relay of bytes between a client and a server: it stays when the server goes, cuts answers and holds them back.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

/// Listens on a port of its own and passes on what comes.
pub(crate) struct Relay {
    address: SocketAddr,
    controls: Controls,
    listening: AbortHandle,
}

/// What can be done about answers.
#[derive(Clone)]
pub(crate) struct Controls(Arc<Inner>);

struct Inner {
    target: watch::Sender<Option<SocketAddr>>,
    held_back: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
    cuts: AtomicUsize,
}

impl Relay {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let controls = Controls(Arc::new(Inner {
            target: watch::Sender::new(None),
            held_back: watch::Sender::new(false),
            waiting: watch::Sender::new(0),
            cuts: AtomicUsize::new(0),
        }));
        let relaying = controls.clone();
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(relaying.clone().relay(stream));
            }
        });
        Self { address, controls, listening: listening.abort_handle() }
    }

    /// Where it is, as a base.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on what comes goes there. Until there is somebody, it waits.
    pub(crate) fn lead_to(&self, server: Option<SocketAddr>) {
        self.controls.0.target.send_replace(server);
    }

    pub(crate) fn controls(&self) -> Controls {
        self.controls.clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Controls {
    /// Of the next so many answers, only the first half arrives.
    pub(crate) fn cut(&self, answers: usize) {
        self.0.cuts.store(answers, Ordering::SeqCst);
    }

    /// Answers wait here from now on.
    pub(crate) fn hold(&self) {
        self.0.waiting.send_replace(0);
        self.0.held_back.send_replace(true);
    }

    /// Answers go on.
    pub(crate) fn release(&self) {
        self.0.held_back.send_replace(false);
    }

    /// Waits until so many answers wait.
    pub(crate) async fn until_held(&self, answers: usize) {
        self.0.waiting.subscribe().wait_for(|waiting| *waiting >= answers).await.unwrap();
    }

    async fn relay(self, client: TcpStream) {
        let Some(server) = self.server().await else { return };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let asking = async {
            if copy(&mut from_client, &mut to_server).await.is_ok() {
                let _ = to_server.shutdown().await;
                std::future::pending::<()>().await;
            }
        };
        let answering = async {
            let mut chunk = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = from_server.read(&mut chunk).await {
                let cut = |cuts: usize| cuts.checked_sub(1);
                if self.0.cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, cut).is_ok() {
                    let _ = to_client.write_all(&chunk[..read / 2]).await;
                    return;
                }
                if !self.may_go_on().await {
                    return;
                }
                if to_client.write_all(&chunk[..read]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! { () = asking => {}, () = answering => {} }
    }

    /// Waits where answers are held; whether there is still somebody whose answer it is. Who went while it was held
    /// takes it along, also if it was released before anybody looked here.
    async fn may_go_on(&self) -> bool {
        let (mut held_back, mut target) = (self.0.held_back.subscribe(), self.0.target.subscribe());
        if !*held_back.borrow() {
            return true;
        }
        self.0.waiting.send_modify(|waiting| *waiting += 1);
        tokio::select! {
            biased;
            _ = target.changed() => false,
            released = held_back.wait_for(|held| !held) => released.is_ok(),
        }
    }

    /// A connection to whoever is there, as soon as somebody is.
    async fn server(&self) -> Option<TcpStream> {
        let mut target = self.0.target.subscribe();
        loop {
            let address = (*target.wait_for(Option::is_some).await.ok()?)?;
            match TcpStream::connect(address).await {
                Ok(stream) => return Some(stream),
                Err(_) => target.changed().await.ok()?,
            }
        }
    }
}
