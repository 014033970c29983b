//! What stands in the certificate of another's sign-in service, as Auth0 tells it beside the certificate.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keybound_api::{Fault, Invalid};
use keybound_crypto::{entropy, fingerprint};
use keybound_proto::jose::Certificate;
use serde_json::{Map, Value};

use crate::{
    app::App,
    failure::Failure,
    key_ring::host,
    management::{absent::text, body::refused, managed::Members},
};

/// Puts them among the options.
pub(super) fn certified(connection: &mut Members) -> Result<(), Failure> {
    let strategy = text(connection, "strategy").unwrap_or_default().to_owned();
    if !["samlp", "pingfederate"].contains(&strategy.as_str()) {
        return Ok(());
    }
    let Some(Value::Object(options)) = connection.get_mut("options") else { return Ok(()) };
    let Some(sent) = text(options, "signingCert").map(str::to_owned) else { return Ok(()) };
    let (pem, certificate) = read(&sent)?;
    let thumbprint: String =
        fingerprint(certificate.der()).iter().map(|byte| format!("{byte:02x}")).collect();
    let subject: Map<String, Value> =
        certificate.subject().map(|(attribute, value)| (attribute.name.to_owned(), value.into())).collect();
    options.insert("thumbprints".to_owned(), vec![Value::from(thumbprint)].into());
    options.insert("expires".to_owned(), certificate.ends_at().to_rfc3339().into());
    options.insert("subject".to_owned(), subject.into());
    options.insert("cert".to_owned(), pem.into());
    if strategy == "pingfederate" {
        options.remove("signingCert");
    }
    Ok(())
}

/// A certificate in PEM, or the same in base64 once more.
fn read(sent: &str) -> Result<(String, Certificate), Failure> {
    let unwrapped = STANDARD.decode(sent.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pem = unwrapped.filter(|text| text.contains("-----BEGIN")).unwrap_or_else(|| sent.to_owned());
    let wrong = |error| {
        let text = format!("'{error}' on property options.signingCert.");
        refused(Invalid::body("options.signingCert", Fault::Other(text)))
    };
    let certificate = Certificate::from_pem(&pem).map_err(wrong)?;
    Ok((pem, certificate))
}

/// The address at which Auth0 has another's administrator set the connection up; here it leads nowhere.
pub(super) fn provisioned(app: &App, connection: &mut Members) {
    let strategy = text(connection, "strategy").unwrap_or_default().to_owned();
    if strategy == "waad"
        && let Some(Value::Object(options)) = connection.get_mut("options")
    {
        options.entry("app_domain").or_insert_with(|| host(app.tenant.issuer.as_str()).into());
    }
    if ["ad", "adfs", "google-apps", "pingfederate", "samlp", "waad"].contains(&strategy.as_str()) {
        let ticket = entropy::alphanumeric(8);
        let address = format!("{}p/{strategy}/{ticket}", app.tenant.issuer.as_str());
        connection.entry("provisioning_ticket_url").or_insert_with(|| address.into());
    }
}
