//! The question where somebody's issuer is (RFC 7033 §4; OpenID Connect Discovery §2).

use serde_json::json;

use super::InvalidRequest;
use crate::{
    form::Form,
    uri::{Issuer, Origin},
};

/// The relation between somebody and whoever issues tokens about them.
pub const ISSUER: &str = "http://openid.net/specs/connect/1.0/issuer";

/// A question about a person, or about whatever else has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebfingerRequest {
    /// Whom it is about, byte for byte.
    pub resource: String,
    /// Which relations alone are asked for; none is all of them.
    pub relations: Vec<String>,
}

impl WebfingerRequest {
    /// Parameters that may come more than once.
    pub const REPEATABLE: &'static [&'static str] = &["rel"];

    /// Reads one; the resource must be there, and be a URI (RFC 7033 §4.2).
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let resource = form.required("resource")?;
        let (scheme, rest) = resource.split_once(':').unwrap_or_default();
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if !is_scheme || rest.is_empty() {
            return Err(InvalidRequest::Malformed { name: "resource", reason: "is not an absolute URI" });
        }
        let relations = form.all("rel").map(str::to_owned).collect();
        Ok(Self { resource: resource.to_owned(), relations })
    }

    /// Whether the issuer answers for what is asked about: for accounts at its own host or at a domain this host is
    /// in, and for addresses at its own origin.
    ///
    /// Whether there is such an account is nobody's to learn here.
    ///
    /// ```
    /// use keybound_proto::{form::Form, request::webfinger::WebfingerRequest, uri::Issuer};
    ///
    /// let issuer = Issuer::parse("https://login.example.com/")?;
    /// let asked = |resource| WebfingerRequest::parse(&Form::new().with("resource", resource));
    /// assert!(asked("acct:ada@example.com")?.is_at(&issuer));
    /// assert!(!asked("acct:ada@example.net")?.is_at(&issuer));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_at(&self, issuer: &Issuer) -> bool {
        let Some((scheme, rest)) = self.resource.split_once(':') else { return false };
        if !scheme.eq_ignore_ascii_case("acct") {
            return Origin::of_url(&self.resource).is_ok_and(|origin| origin == *issuer.origin());
        }
        let Some((local, domain)) = rest.rsplit_once('@') else { return false };
        let (host, domain) = (issuer.origin().host(), domain.to_ascii_lowercase());
        let is_parent = host.strip_suffix(&*domain).is_some_and(|below| below.ends_with('.'));
        !local.is_empty() && (host == domain || is_parent && domain.contains('.'))
    }

    /// What is told: the issuer, unless other relations alone were asked for (RFC 7033 §4.3).
    pub fn answer(&self, issuer: &Issuer) -> String {
        let wanted = self.relations.is_empty() || self.relations.iter().any(|relation| relation == ISSUER);
        let links = wanted.then(|| json!({ "rel": ISSUER, "href": issuer.as_str() }));
        json!({ "subject": self.resource, "links": Vec::from_iter(links) }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<WebfingerRequest, InvalidRequest> {
        let form = Form::parse_repeatable(query.as_bytes(), WebfingerRequest::REPEATABLE).unwrap();
        WebfingerRequest::parse(&form)
    }

    fn is_at(resource: &str, issuer: &str) -> bool {
        let form = Form::new().with("resource", resource);
        WebfingerRequest::parse(&form).unwrap().is_at(&Issuer::parse(issuer).unwrap())
    }

    /// RFC 7033 §4.2.
    #[test]
    fn a_question_is_about_one_absolute_uri() {
        let about = asked("resource=acct%3Aada%40a.example&rel=x&rel=y").unwrap();
        assert_eq!((about.resource.as_str(), about.relations.len()), ("acct:ada@a.example", 2));
        for bad in ["", "rel=x", "resource=", "resource=ada%40a.example", "resource=acct:", "resource=%3Ax"] {
            assert!(asked(bad).is_err(), "{bad}");
        }
    }

    /// OpenID Connect Discovery §2.1, §2.2.
    #[test]
    fn an_issuer_answers_for_its_own_host_and_the_domains_it_is_in() {
        let issuer = "https://login.example.com/";
        for ours in [
            "acct:ada@login.example.com",
            "acct:ada%40work@EXAMPLE.com",
            "ACCT:ada@example.com",
            "https://login.example.com/ada",
            "https://LOGIN.example.com:443",
        ] {
            assert!(is_at(ours, issuer), "{ours}");
        }
        for other in [
            "acct:ada@com",
            "acct:ada@ample.com",
            "acct:ada@n.example.com",
            "acct:ada@example.com.",
            "acct:@example.com",
            "acct:example.com",
            "acct:ada@",
            "http://login.example.com/",
            "https://login.example.com:8443/",
            "https://example.com/ada",
            "https://ada@login.example.com/",
            "mailto:ada@example.com",
            "urn:auth0:discovery:domain:example.com",
        ] {
            assert!(!is_at(other, issuer), "{other}");
        }
        assert!(is_at("acct:ada@localhost", "http://localhost:8420/"));
        assert!(is_at("http://[::1]:8420/ada", "http://[::1]:8420/"));
        assert!(is_at("acct:ada@[::1]", "http://[::1]:8420/"));
    }

    /// RFC 7033 §4.3, §4.4.
    #[test]
    fn the_issuer_is_told_unless_other_relations_alone_are_wanted() {
        let issuer = Issuer::parse("https://a.example/").unwrap();
        let told = |rels: &str| {
            let answer = asked(&format!("resource=acct:ada@a.example{rels}")).unwrap().answer(&issuer);
            serde_json::from_str::<serde_json::Value>(&answer).unwrap()
        };
        let whole = told("");
        assert_eq!(whole["subject"], "acct:ada@a.example");
        assert_eq!(whole["links"], json!([{ "rel": ISSUER, "href": "https://a.example/" }]));
        assert_eq!(told(&format!("&rel=x&rel={ISSUER}")), whole);
        assert_eq!(told("&rel=x")["links"], json!([]));
    }
}
