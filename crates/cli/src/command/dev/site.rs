//! The whole of `keybound dev`, from taking ports to the last answer.

use std::time::Duration;

use keybound_server::{
    Config, Running, Secret,
    config::{Bootstrap, Database, Email, IssuerUrl, Reach, Shown, TlsFiles},
};
use tokio::{sync::watch, task::JoinHandle};

use super::{
    api,
    certificates::{self, Certificates},
    door,
    folder::{Folder, Kept},
    listening::{Listening, after},
    management::Management,
    page::{self, PageConfig},
    paste::{Paste, Style},
    places::Places,
    tenant::{self, PAGE_SCOPE, Tenant},
};
use crate::{
    args::Dev,
    command::{
        log,
        login::DevLogin,
        serve::{Stop, runtime},
    },
    error::Failure,
    exit::Exit,
    output,
};

/// How long answers in flight may take once the order to stop has come.
const DRAIN: Duration = Duration::from_secs(5);

/// Runs everything until told to stop.
pub(crate) fn run(arguments: &Dev) -> Result<Exit, Failure> {
    log::begin(&arguments.log, "warn")?;
    let plan = Plan::make(arguments)?;
    runtime()?.block_on(async {
        let mut stop = Stop::listen()?;
        let site = tokio::select! {
            opened = Site::open(plan) => opened?,
            () = stop.wait() => return Ok(Exit::Done),
        };
        let style = if output::is_colourful(&std::io::stdout()) { Style::Bold } else { Style::Plain };
        let paste = site.paste();
        output::result(&if arguments.json { paste.as_json() } else { paste.as_text(style) });
        stop.wait().await;
        site.close().await;
        Ok(Exit::Done)
    })
}

/// What is decided before anything runs: the ports are taken, the secrets are known.
struct Plan {
    server: Listening,
    api: Listening,
    page: Listening,
    places: Places,
    folder: Folder,
    kept: Kept,
    certificates: Option<Certificates>,
}

impl Plan {
    fn make(arguments: &Dev) -> Result<Self, Failure> {
        if arguments.tls && arguments.issuer.is_some() {
            return Err(Failure::new(Exit::Usage, "make a certificate for another issuer than localhost")
                .hint("leave out --issuer, or end TLS in front of this and leave out --tls"));
        }
        let page_addr = arguments.page_listen.unwrap_or_else(|| after(arguments.listen, 2));
        let server = Listening::take(arguments.listen, "--listen")?;
        let api_addr = arguments.api_listen.unwrap_or_else(|| after(arguments.listen, 1));
        let api = Listening::take(api_addr, "--api-listen")?;
        let page = Listening::take(page_addr, "--page-listen")?;
        let scheme = if arguments.tls { "https" } else { "http" };
        let ports = [server.port(), api.port(), page.port()];
        let places = Places::new(scheme, ports, page_addr, arguments.issuer.as_deref());
        let folder = if arguments.ephemeral { Folder::temporary() } else { Folder::open(&arguments.data) }?;
        let kept = folder.kept()?;
        let certificates = arguments.tls.then(|| certificates::prepare(&folder)).transpose()?;
        Ok(Self { server, api, page, places, folder, kept, certificates })
    }

    fn server_config(&self) -> Result<Config, Failure> {
        let issuer = IssuerUrl::parse("--issuer", self.places.issuer())
            .map_err(|error| Failure::configuration(&error))?;
        let mut config = Config::default();
        let mut addrs = self.server.addrs().into_iter();
        if let Some(first) = addrs.next() {
            config.listen = first;
        }
        config.also_listen = addrs.collect();
        config.issuer = Some(issuer);
        config.database = match self.folder.is_temporary() {
            true => Database::SqliteMemory,
            false => Database::Sqlite(self.folder.file("keybound.db")),
        };
        config.bootstrap = Some(Bootstrap {
            client_id: self.kept.management_client_id.clone(),
            client_secret: Secret::new(self.kept.management_client_secret.clone()),
        });
        // Whoever runs this is everybody here: what would be sent to somebody else is theirs to read.
        config.email = Email::Shown(Shown::by(show));
        config.administrators_reach = Reach::Anywhere;
        config.tls = self
            .certificates
            .as_ref()
            .map(|made| TlsFiles { certificate: made.certificate.clone(), key: made.key.clone() });
        Ok(config)
    }
}

/// Shows a letter instead of sending it. An application's name, or a message, may come from elsewhere.
fn show(letter: &str) {
    let lines: Vec<_> = letter.lines().map(output::tame).collect();
    output::note(&format!("\nNo letter leaves this machine. It would have been:\n\n{}\n", lines.join("\n")));
}

/// Everything at work.
struct Site {
    running: Running,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    places: Places,
    tenant: Tenant,
    folder: Folder,
    kept: Kept,
    certificates: Option<Certificates>,
}

impl Site {
    async fn open(plan: Plan) -> Result<Self, Failure> {
        let config = plan.server_config()?;
        let Plan { server, api, page, places, folder, kept, certificates } = plan;
        // The server takes its port itself: held until here so that a taken one is known before anything is written.
        drop(server);
        let running = keybound_server::start(config).await.map_err(|error| Failure::starting(&error))?;
        let root = certificates.as_ref().map(|made| made.root_pem.as_bytes());
        let management = Management::new(places.issuer(), &kept, root).await?;
        let tenant = tenant::set_up(&management, &places, &kept.password).await?;

        leave_login(&folder, &places, &tenant, certificates.as_ref())?;
        let (stop, stopped) = watch::channel(false);
        let acceptor = certificates.as_ref().map(|made| &made.acceptor);
        let api_router = api::router(&places, root)?;
        let page_router = page::router(
            PageConfig {
                issuer: places.issuer().to_owned(),
                client_id: tenant.spa_client_id.clone(),
                api: places.api().to_owned(),
                audience: tenant.audience.clone(),
                scope: PAGE_SCOPE,
            },
            &places,
        )?;
        let mut tasks = door::open(api, acceptor, &api_router, &stopped)?;
        tasks.extend(door::open(page, acceptor, &page_router, &stopped)?);
        Ok(Self { running, stop, tasks, places, tenant, folder, kept, certificates })
    }

    fn paste(&self) -> Paste<'_> {
        Paste {
            places: &self.places,
            tenant: &self.tenant,
            kept: &self.kept,
            folder: &self.folder,
            tls: self.certificates.as_ref(),
        }
    }

    async fn close(self) {
        self.stop.send_replace(true);
        let drained = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("answers were still being written when the time to drain was over");
        }
        self.running.shutdown().await;
    }
}

/// What `keybound login` needs, where it looks for it: nobody has to type what this program knows.
fn leave_login(
    folder: &Folder,
    places: &Places,
    tenant: &Tenant,
    certificates: Option<&Certificates>,
) -> Result<(), Failure> {
    let login = DevLogin {
        issuer: places.issuer().to_owned(),
        client_id: tenant.native_client_id.clone(),
        audience: tenant.audience.clone(),
        scope: PAGE_SCOPE.to_owned(),
        trust: certificates.map(|made| made.root.clone()),
    };
    let text = serde_json::to_string_pretty(&login)
        .map_err(|error| Failure::new(Exit::Failed, format!("write {}: {error}", DevLogin::FILE)))?;
    folder.keep(DevLogin::FILE, &text)
}
