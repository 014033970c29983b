//! What another's SAML metadata says of where people are sent, and of who signs there (SAML 2.0 Metadata §2.4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::management::{absent::text, managed::Members};

/// Puts it among the options, in place of the metadata: as at Auth0, only what it says is kept.
pub(super) fn read(connection: &mut Members) {
    if text(connection, "strategy") != Some("samlp") {
        return;
    }
    let Some(Value::Object(options)) = connection.get_mut("options") else { return };
    let Some(xml) = text(options, "metadataXml").map(str::to_owned) else { return };
    let mut said = Vec::new();
    if let Some((binding, location)) = service(&xml, "SingleSignOnService") {
        said.push(("bindingMethod", binding.to_owned()));
        said.push(("signInEndpoint", location.to_owned()));
    }
    if let Some((_, location)) = service(&xml, "SingleLogoutService") {
        said.push(("signOutEndpoint", location.to_owned()));
    }
    if let Some(pem) = certificate(&xml) {
        said.push(("signingCert", STANDARD.encode(pem)));
    }
    if !said.is_empty() {
        options.remove("metadataXml");
    }
    for (name, value) in said {
        options.entry(name).or_insert_with(|| value.into());
    }
}

/// The binding and the address of a service: that for browsers that are sent there, before any other.
fn service<'a>(xml: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let mut all = elements(xml, name).filter_map(|(attributes, _)| {
        Some((attribute(attributes, "Binding")?, attribute(attributes, "Location")?))
    });
    let first = all.next()?;
    let redirect = |(binding, _): &(&str, &str)| binding.ends_with(":HTTP-Redirect");
    Some(if redirect(&first) { first } else { all.find(redirect).unwrap_or(first) })
}

/// The certificate of the first key that is not for encryption, as PEM.
fn certificate(xml: &str) -> Option<String> {
    let signs = |(attributes, _): &(&str, &str)| attribute(attributes, "use") != Some("encryption");
    let (_, rest) = elements(xml, "KeyDescriptor").find(signs)?;
    let (_, inside) = elements(rest, "X509Certificate").next()?;
    let encoded = inside.split_once('<')?.0;
    let packed: String = encoded.chars().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(&packed).ok()?;
    let lines: Vec<&str> = (0..packed.len()).step_by(LINE).filter_map(|at| line(&packed, at)).collect();
    Some(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")))
}

fn line(packed: &str, at: usize) -> Option<&str> {
    packed.get(at..packed.len().min(at.saturating_add(LINE)))
}

/// The attributes of every element of that name, whatever stands for its namespace, and all that comes after its tag.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    xml.split('<')
        .scan(0_usize, |at, piece| {
            let from = *at;
            *at = at.saturating_add(piece.len()).saturating_add(1);
            Some((from, piece))
        })
        .filter_map(move |(from, piece)| {
            let (tag, _) = piece.split_once('>')?;
            let (named, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            let local = named.rsplit_once(':').map_or(named, |(_, local)| local).trim_end_matches('/');
            let after = from.checked_add(tag.len())?.checked_add(1)?;
            (local == name && !named.starts_with('/'))
                .then(|| xml.get(after..).map(|rest| (attributes, rest)))?
        })
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while let Some((named, value)) = rest.split_once('=') {
        let quote = value.trim_start().chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let (_, value) = value.split_once(quote)?;
        let (value, after) = value.split_once(quote)?;
        if named.trim() == name {
            return Some(value);
        }
        rest = after;
    }
    None
}

const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(xml: &str) -> Value {
        let mut connection = Members::new();
        connection.insert("strategy".to_owned(), "samlp".into());
        connection.insert("options".to_owned(), json!({ "metadataXml": xml }));
        read(&mut connection);
        connection["options"].clone()
    }

    #[test]
    fn addresses_and_the_signing_certificate_are_read_whatever_the_namespace_is_called() {
        let encoded = STANDARD.encode([7; 60]);
        let xml = format!(
            "<?xml version=\"1.0\"?><m:EntityDescriptor xmlns:m='x'><m:IDPSSODescriptor>\
             <KeyDescriptor use=\"encryption\"><X509Certificate>AAAA</X509Certificate></KeyDescriptor>\
             <m:KeyDescriptor\n use='signing'><d:X509Certificate>\n {encoded}\n</d:X509Certificate></m:KeyDescriptor>\
             <m:SingleLogoutService Location = 'https://idp.test/out' Binding='urn:b:HTTP-POST'/>\
             <m:SingleSignOnService Binding='urn:b:HTTP-POST' Location='https://idp.test/post'/>\
             <m:SingleSignOnService Binding='urn:b:HTTP-Redirect' Location='https://idp.test/in'/>"
        );
        let options = of(&xml);
        assert_eq!(options["bindingMethod"], "urn:b:HTTP-Redirect");
        assert_eq!(options["signInEndpoint"], "https://idp.test/in");
        assert_eq!(options["signOutEndpoint"], "https://idp.test/out");
        assert_eq!(options.get("metadataXml"), None);
        let pem = STANDARD.decode(options["signingCert"].as_str().unwrap()).unwrap();
        let pem = String::from_utf8(pem).unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\nBwcH"), "{pem}");
        assert!(pem.lines().all(|line| line.len() <= LINE), "{pem}");
    }

    #[test]
    fn what_is_no_metadata_stays_as_it_was_written() {
        for strange in ["", "<", "<a", "<SingleSignOnService>", "<SingleSignOnService Binding=>", "é<é x='"]
        {
            assert_eq!(of(strange), json!({ "metadataXml": strange }));
        }
    }
}
