//! Every check of RFC 9449 §4.3, each with its outcome, without stopping at the first that fails.

use std::fmt;

use super::{
    Expect, HeldBy, LIMIT, NonceRule, Proof, ProofClass, ProofError, Shown, TokenHash, Window, check,
    proof::{ProofClaims, check_type, check_value, date, read_object, text},
};
use crate::{
    id::Jti,
    jose::{Alg, AlgSet, Compact, Jwk, JwsError, Thumbprint, Verify, json, json::Object},
    time::Timestamp,
    uri::Htu,
};

/// The request a proof is said to belong to, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Its method.
    pub method: Option<&'a str>,
    /// Its URL.
    pub url: Option<&'a Htu>,
    /// The access token in it.
    pub token: Option<&'a str>,
    /// The nonce the server gave out last.
    pub nonce: Option<&'a str>,
    /// The key that the token or the code is bound to.
    pub bound_to: Option<&'a Thumbprint>,
    /// How far off a clock may be.
    pub window: Window,
}

/// What every check says about a proof.
#[derive(Clone, Debug)]
pub struct Explanation {
    findings: Vec<Finding>,
}

/// What one check says.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where the rule stands.
    pub section: &'static str,
    /// The rule in a few words.
    pub rule: &'static str,
    /// How it went.
    pub outcome: Outcome,
}

/// How a check went.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It holds; what was found.
    Pass(String),
    /// It does not.
    Fail(ProofError),
    /// It could not be made.
    Skipped(&'static str),
}

impl Explanation {
    /// Makes every check that can be made.
    pub fn of(proof: &str, asked: &Asked<'_>, keys: &impl Verify, now: Timestamp) -> Self {
        let proof = proof.trim();
        let mut report = Self { findings: Vec::with_capacity(14) };
        report.note("4.3 (1)", "there is one proof", check_value(proof.as_bytes()).map(|()| "one".into()));
        let parts = Compact::parse(proof.as_bytes(), LIMIT).and_then(|compact| {
            compact.signature()?;
            Ok((compact.header()?, compact.payload()?))
        });
        let shape =
            parts.as_ref().map(|_| "three parts of base64url".into()).map_err(|why| why.clone().into());
        report.note("4.3 (2)", "it is a well-formed JWT", shape);
        let (header, payload) = parts.unwrap_or_default();
        let header = json::object(&header)
            .map_err(|source| ProofError::from(JwsError::Json { part: "header", source }));
        let payload = read_object(&payload);
        report.header(&header);
        report.claims(payload.as_ref(), asked, keys, now);
        report.whole(proof, asked, keys);
        report
    }

    /// Each check in the order of RFC 9449 §4.3.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The first check that failed; `None` when the proof is good as far as can be said.
    pub fn failure(&self) -> Option<&ProofError> {
        self.findings.iter().find_map(|finding| match &finding.outcome {
            Outcome::Fail(why) => Some(why),
            Outcome::Pass(_) | Outcome::Skipped(_) => None,
        })
    }

    /// What kind of thing is wrong first.
    pub fn class(&self) -> Option<ProofClass> {
        self.failure().map(ProofError::class)
    }

    fn note(&mut self, section: &'static str, rule: &'static str, result: Result<String, ProofError>) {
        let outcome = result.map_or_else(Outcome::Fail, Outcome::Pass);
        self.findings.push(Finding { section, rule, outcome });
    }

    fn skip(&mut self, section: &'static str, rule: &'static str, why: &'static str) {
        self.findings.push(Finding { section, rule, outcome: Outcome::Skipped(why) });
    }

    fn header(&mut self, header: &Result<Object<'_>, ProofError>) {
        let header = match header {
            Ok(header) => header,
            Err(why) => {
                self.note("4.3 (2)", "its header is one JSON object", Err(why.clone()));
                for (section, rule) in HEADER_RULES {
                    self.skip(section, rule, "the header cannot be read");
                }
                return;
            }
        };
        let [typ, alg, jwk] = HEADER_RULES;
        self.note(typ.0, typ.1, check_type(header).map(|()| "dpop+jwt".into()));
        self.note(alg.0, alg.1, algorithm(header));
        self.note(jwk.0, jwk.1, key(header).map(|key| format!("a public key for {}", key.allowed())));
    }

    fn claims(
        &mut self,
        payload: Result<&Object<'_>, &ProofError>,
        asked: &Asked<'_>,
        keys: &impl Verify,
        now: Timestamp,
    ) {
        let members = match payload {
            Ok(members) => members,
            Err(why) => {
                self.note("4.3 (2)", "its payload is one JSON object", Err(why.clone()));
                self.skip("4.3 (8-12)", "its claims fit the request", "the payload cannot be read");
                return;
            }
        };
        self.note("4.3 (3)", "it has a jti", jti(members));
        self.method(members, asked);
        self.url(members, asked);
        self.nonce(members, asked, keys, now);
        self.time(members, asked, now);
        self.token(members, asked, keys);
    }

    fn method(&mut self, members: &Object<'_>, asked: &Asked<'_>) {
        const RULE: (&str, &str) = ("4.3 (8)", "htm is the method of the request");
        match (required(members, "htm"), asked.method) {
            (Err(why), _) => self.note(RULE.0, RULE.1, Err(why)),
            (Ok(_), None) => self.skip(RULE.0, RULE.1, "the method is not known"),
            (Ok(claim), Some(method)) => {
                self.note(RULE.0, RULE.1, check::method(claim, method).map(|()| method.into()));
            }
        }
    }

    fn url(&mut self, members: &Object<'_>, asked: &Asked<'_>) {
        const RULE: (&str, &str) = ("4.3 (9)", "htu is the URL of the request");
        match (required(members, "htu"), asked.url) {
            (Err(why), _) => self.note(RULE.0, RULE.1, Err(why)),
            (Ok(_), None) => self.skip(RULE.0, RULE.1, "the URL is not known"),
            (Ok(claim), Some(url)) => {
                let result = check::url(claim, std::slice::from_ref(url));
                self.note(RULE.0, RULE.1, result.map(|()| url.to_string()));
            }
        }
    }

    fn nonce(&mut self, members: &Object<'_>, asked: &Asked<'_>, keys: &impl Verify, now: Timestamp) {
        const RULE: (&str, &str) = ("4.3 (10)", "nonce is the one the server gave out");
        let rule = asked.nonce.map_or(NonceRule::Off, NonceRule::Exactly);
        match text(members, "nonce") {
            Err(why) => self.note(RULE.0, RULE.1, Err(why)),
            Ok(_) if asked.nonce.is_none() => self.skip(RULE.0, RULE.1, "the server's nonce is not known"),
            Ok(claim) => {
                let result = check::nonce(claim, rule, now, keys);
                self.note(RULE.0, RULE.1, result.map(|_| "the same".into()));
            }
        }
    }

    fn time(&mut self, members: &Object<'_>, asked: &Asked<'_>, now: Timestamp) {
        const RULE: (&str, &str) = ("4.3 (11)", "it was made just now");
        let expect = Expect { window: asked.window, ..Expect::new("", &[], HeldBy::Anyone) };
        let result = date(members, "iat").and_then(|issued| {
            let issued = issued.ok_or(ProofError::MissingMember { name: "iat" })?;
            check::time(issued, None, &expect, now)?;
            Ok(format!("{} s ago", now.since(issued)))
        });
        self.note(RULE.0, RULE.1, result);
        if members.has("nbf") || members.has("exp") {
            let result = ProofClaims::read(members)
                .and_then(|claims| check::validity(&claims, None, asked.window, now));
            self.note("RFC 7519", "nbf and exp allow it", result.map(|()| "now".into()));
        }
    }

    fn token(&mut self, members: &Object<'_>, asked: &Asked<'_>, keys: &impl Verify) {
        const RULE: (&str, &str) = ("4.3 (12)", "ath is the hash of the access token");
        match (text(members, "ath"), asked.token) {
            (Err(why), _) => self.note(RULE.0, RULE.1, Err(why)),
            (Ok(_), None) => self.skip(RULE.0, RULE.1, "no access token was given"),
            (Ok(claim), Some(token)) => {
                let hash = TokenHash::of(token, keys);
                self.note(RULE.0, RULE.1, check::token(claim, Some(&hash)).map(|()| hash.to_string()));
            }
        }
    }

    /// The checks that need header and payload together.
    fn whole(&mut self, proof: &str, asked: &Asked<'_>, keys: &impl Verify) {
        const SIGNATURE: (&str, &str) = ("4.3 (6)", "the key in it has signed it");
        const HOLDER: (&str, &str) = ("4.3 (12)", "its key is the one the token is bound to");
        match Proof::parse([proof.as_bytes()]) {
            Ok(Some(proof)) => {
                let result = check::algorithm(proof.alg, &proof.key, AlgSet::ALL)
                    .and_then(|()| check::signature(&proof, keys));
                self.note(SIGNATURE.0, SIGNATURE.1, result.map(|()| proof.alg.to_string()));
                let found = Thumbprint::of(&proof.key, keys);
                match asked.bound_to {
                    Some(bound_to) => {
                        let result = check::holder(found, HeldBy::Key(bound_to));
                        self.note(HOLDER.0, HOLDER.1, result.map(|()| found.to_string()));
                    }
                    None => self.skip(HOLDER.0, HOLDER.1, "no key was given to compare it with"),
                }
            }
            Ok(None) | Err(_) => {
                self.skip(SIGNATURE.0, SIGNATURE.1, "it is not well formed");
                self.skip(HOLDER.0, HOLDER.1, "it is not well formed");
            }
        }
        self.skip("11.1", "it was not used before", "only the server that is asked can know");
    }
}

/// One line for each check, and what to do below each that failed.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let Finding { section, rule, outcome } = finding;
            match outcome {
                Outcome::Pass(found) => writeln!(f, "pass     {section:<11} {rule}: {found}")?,
                Outcome::Skipped(why) => writeln!(f, "skipped  {section:<11} {rule}: {why}")?,
                Outcome::Fail(why) => {
                    writeln!(f, "FAIL     {section:<11} {rule}: {why} ({})", why.code())?;
                    if let Some(expected) = why.expected() {
                        writeln!(f, "                     expected  {expected}")?;
                    }
                    if let Some(found) = why.found() {
                        writeln!(f, "                     found     {found}")?;
                    }
                    writeln!(f, "                     {}", why.advice())?;
                }
            }
        }
        Ok(())
    }
}

fn required<'a>(members: &'a Object<'_>, name: &'static str) -> Result<&'a str, ProofError> {
    text(members, name)?.ok_or(ProofError::MissingMember { name })
}

fn jti(members: &Object<'_>) -> Result<String, ProofError> {
    let jti = Jti::parse(required(members, "jti")?);
    jti.map(|jti| Shown::of(jti.as_str()).to_string())
        .map_err(|why| ProofError::Jti(Shown::of(&why.to_string())))
}

fn algorithm(header: &Object<'_>) -> Result<String, ProofError> {
    let name = required(header, "alg")?;
    if header.has("crit") || header.has("b64") || header.has("zip") {
        return Err(ProofError::Critical);
    }
    match Alg::parse(name) {
        Some(alg) => Ok(alg.to_string()),
        None => Err(ProofError::Algorithm { found: Shown::of(name), accepted: AlgSet::ALL }),
    }
}

fn key(header: &Object<'_>) -> Result<Jwk, ProofError> {
    let object = header.object("jwk").map_err(|_| ProofError::MissingMember { name: "jwk" })?;
    let object = object.ok_or(ProofError::MissingMember { name: "jwk" })?;
    Jwk::read(object).map_err(|why| JwsError::Jwk(why).into())
}

const HEADER_RULES: [(&str, &str); 3] = [
    ("4.3 (4)", "typ is dpop+jwt"),
    ("4.3 (5)", "alg is an asymmetric algorithm we know"),
    ("4.3 (7)", "jwk is a public key"),
];
