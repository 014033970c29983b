//! What is printed once everything runs: where things are, and what to paste. The only place that prints a secret.

use std::{fmt::Write, path::Path};

use serde_json::json;

use super::{
    certificates::Certificates,
    folder::{Folder, Kept},
    places::Places,
    tenant::{PAGE_SCOPE, Tenant},
};

/// Everything there is to tell.
pub(super) struct Paste<'a> {
    pub(super) places: &'a Places,
    pub(super) tenant: &'a Tenant,
    pub(super) kept: &'a Kept,
    pub(super) folder: &'a Folder,
    pub(super) tls: Option<&'a Certificates>,
}

impl Paste<'_> {
    /// One line of JSON, for programs.
    pub(super) fn as_json(&self) -> String {
        let line = json!({
            "issuer": self.places.issuer(),
            "api": self.places.api(),
            "page": self.places.page(),
            "audience": self.tenant.audience,
            "spa_client_id": self.tenant.spa_client_id,
            "native_client_id": self.tenant.native_client_id,
            "m2m_client_id": self.tenant.m2m_client_id,
            "m2m_client_secret": self.tenant.m2m_client_secret,
            "user": self.tenant.user,
            "password": self.kept.password,
            "management_client_id": self.kept.management_client_id,
            "management_client_secret": self.kept.management_client_secret,
            "ca": self.tls.map(|tls| tls.root.display().to_string()),
        });
        format!("{line}\n")
    }

    /// For people.
    pub(super) fn as_text(&self, style: Style) -> String {
        let mut out = String::new();
        let Self { places, tenant, kept, .. } = self;
        let (page, issuer, api) = (places.page(), places.issuer(), places.api());
        let groups: [(&str, &[(&str, &str)]); 5] = [
            ("Open", &[("Demo page", &page), ("Sign in as", tenant.user), ("Password", &kept.password)]),
            (
                "An app in the browser",
                &[
                    ("Issuer", issuer),
                    ("Client ID", &tenant.spa_client_id),
                    ("Audience", &tenant.audience),
                    ("API", api),
                ],
            ),
            (
                "A person at a terminal",
                &[
                    ("Client ID", &tenant.native_client_id),
                    ("Log in", &self.log_in()),
                    ("Call", &format!("keybound call GET {api}orders")),
                ],
            ),
            (
                "A machine",
                &[("Client ID", &tenant.m2m_client_id), ("Client secret", &tenant.m2m_client_secret)],
            ),
            (
                "Management API",
                &[
                    ("Client ID", &kept.management_client_id),
                    ("Client secret", &kept.management_client_secret),
                ],
            ),
        ];
        for (title, rows) in groups {
            let _ = writeln!(out, "\n{}", style.title(title));
            for (name, value) in rows {
                let _ = writeln!(out, "  {name:<14}{value}");
            }
        }
        let _ = write!(out, "\n{}\n{}", style.title("With curl"), self.curl());
        if let Some(tls) = self.tls {
            let _ = write!(
                out,
                "\n{}\n{}",
                style.title("Trust the local CA (for this machine's names only)"),
                trust(&tls.root)
            );
        }
        let _ = writeln!(out, "\n{}", self.where_kept());
        out
    }

    /// The folder holds what a login needs; without one, it is all to be typed.
    fn log_in(&self) -> String {
        if !self.folder.is_temporary() && self.folder.is_usual() {
            return "keybound login   (in this folder)".to_owned();
        }
        let ca = self.tls.map(|tls| format!(" --trust {}", quoted(&tls.root))).unwrap_or_default();
        let (issuer, id, audience) =
            (self.places.issuer(), &self.tenant.native_client_id, &self.tenant.audience);
        format!(
            "keybound login --issuer {issuer} --client-id {id} --audience {audience} --scope '{PAGE_SCOPE}'{ca}"
        )
    }

    fn curl(&self) -> String {
        let ca = self.tls.map(|tls| format!("--cacert {} ", quoted(&tls.root))).unwrap_or_default();
        let (api, issuer) = (self.places.api(), self.places.issuer());
        let (id, secret) = (&self.kept.management_client_id, &self.kept.management_client_secret);
        format!(
            "  curl {ca}{api}public\n\
             \x20 curl {ca}-i {api}me        # refused: the answer says what is missing\n\
             \x20 curl {ca}{issuer}oauth/token -d grant_type=client_credentials \\\n\
             \x20   -d audience={issuer}api/v2/ -d client_id={id} -d client_secret={secret}\n"
        )
    }

    fn where_kept(&self) -> String {
        if self.folder.is_temporary() {
            return "Everything is in memory and gone when this ends. Ctrl-C stops.".to_owned();
        }
        format!("Kept in {}; remove it to start anew. Ctrl-C stops.", self.folder.path().display())
    }
}

/// How titles look on this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As they are.
    Plain,
    /// Bold.
    Bold,
}

impl Style {
    fn title(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Bold => format!("\u{1b}[1m{text}\u{1b}[0m"),
        }
    }
}

fn trust(root: &Path) -> String {
    let root = quoted(root);
    format!(
        "  Debian, Ubuntu   sudo cp {root} /usr/local/share/ca-certificates/keybound-local.crt && sudo update-ca-certificates\n\
         \x20 Fedora           sudo cp {root} /etc/pki/ca-trust/source/anchors/keybound-local.pem && sudo update-ca-trust\n\
         \x20 macOS            security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {root}\n\
         \x20 Node.js          export NODE_EXTRA_CA_CERTS={root}\n\
         \x20 Chromium         mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n keybound-local -i {root}\n\
         \x20 Firefox          Settings → Certificates → View Certificates → Authorities → Import\n"
    )
}

/// The path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
