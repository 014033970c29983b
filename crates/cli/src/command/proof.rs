//! `keybound proof explain`: every check of RFC 9449 §4.3 on one proof, and what to do about those that fail.

use std::io::Read;

use keybound_client::{
    Ambient, System,
    crypto::AwsLc,
    proto::{
        dpop::{Asked, Explanation, Finding, LIMIT, Outcome, ProofClass, Window},
        jose::{Compact, Thumbprint},
        time::Timestamp,
        uri::Htu,
    },
};
use serde_json::{Value, json};

use crate::{args::Explain, error::Failure, exit::Exit, output};

/// Prints the explanation; the exit status says which kind of check failed first.
pub(crate) fn explain(arguments: &Explain) -> Result<Exit, Failure> {
    let proof = text(&arguments.proof)?;
    let url = arguments.url.as_deref().map(parse_url).transpose()?;
    let bound_to = arguments.token.as_deref().and_then(bound_to);
    let asked = Asked {
        method: arguments.method.as_deref(),
        url: url.as_ref(),
        token: arguments.token.as_deref(),
        nonce: arguments.nonce.as_deref(),
        bound_to: bound_to.as_ref(),
        window: Window::default(),
    };
    let now = arguments.now.map_or_else(|| System.now(), Timestamp::from_unix);
    let explanation = Explanation::of(&proof, &asked, &AwsLc, now);
    output::result(&if arguments.json { as_json(&explanation) } else { as_text(&explanation) });
    Ok(explanation.class().map_or(Exit::Done, exit))
}

/// The proof itself, from the command line or from standard input, with or without its header's name.
fn text(argument: &str) -> Result<String, Failure> {
    let mut text = argument.to_owned();
    if argument == "-" {
        // A little more than any proof may have is enough to be told that it is too long.
        let most = u64::try_from(LIMIT).unwrap_or(u64::MAX).saturating_add(64);
        let mut bytes = Vec::new();
        std::io::stdin().take(most).read_to_end(&mut bytes).map_err(|error| {
            Failure::new(Exit::Failed, format!("read the proof from standard input: {error}"))
        })?;
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    let text = text.trim();
    let value = match text.split_once(':') {
        Some((name, value)) if name.eq_ignore_ascii_case("dpop") => value.trim(),
        _ => text,
    };
    Ok(value.to_owned())
}

fn parse_url(text: &str) -> Result<Htu, Failure> {
    Htu::parse(text).map_err(|error| {
        Failure::new(Exit::Usage, format!("read the URL {text:?}: {error}")).hint(
            "an absolute URL, like https://id.example.com/oauth/token; query and fragment do not matter",
        )
    })
}

/// The key a JWT access token says it is bound to; an opaque token says nothing.
fn bound_to(token: &str) -> Option<Thumbprint> {
    const MOST: usize = 64 * 1024;
    let payload = Compact::parse(token.as_bytes(), MOST).ok()?.payload().ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    Thumbprint::parse(payload.pointer("/cnf/jkt")?.as_str()?).ok()
}

fn as_text(explanation: &Explanation) -> String {
    let counted = |wanted: fn(&Outcome) -> bool| {
        explanation.findings().iter().filter(|finding| wanted(&finding.outcome)).count()
    };
    let passed = counted(|outcome| matches!(outcome, Outcome::Pass(_)));
    let failed = counted(|outcome| matches!(outcome, Outcome::Fail(_)));
    let skipped = counted(|outcome| matches!(outcome, Outcome::Skipped(_)));
    format!("{explanation}\n{passed} passed, {failed} failed, {skipped} skipped\n")
}

fn as_json(explanation: &Explanation) -> String {
    let findings: Vec<Value> = explanation.findings().iter().map(finding).collect();
    let failure = explanation.failure().map(|why| why.code());
    let report = json!({ "passed": failure.is_none(), "reason": failure, "checks": findings });
    format!("{report:#}\n")
}

fn finding(finding: &Finding) -> Value {
    let Finding { section, rule, outcome } = finding;
    match outcome {
        Outcome::Pass(found) => {
            json!({ "section": section, "rule": rule, "outcome": "pass", "found": found })
        }
        Outcome::Fail(why) => json!({
            "section": section,
            "rule": rule,
            "outcome": "fail",
            "reason": why.code(),
            "because": why.to_string(),
            "expected": why.expected(),
            "found": why.found(),
            "advice": why.advice(),
        }),
        Outcome::Skipped(why) => {
            json!({ "section": section, "rule": rule, "outcome": "skipped", "because": why })
        }
    }
}

const fn exit(class: ProofClass) -> Exit {
    match class {
        ProofClass::Shape => Exit::ProofShape,
        ProofClass::Key => Exit::ProofKey,
        ProofClass::Signature => Exit::ProofSignature,
        ProofClass::Request => Exit::ProofRequest,
        ProofClass::Time => Exit::ProofTime,
        ProofClass::Nonce => Exit::ProofNonce,
        ProofClass::Token => Exit::ProofToken,
        ProofClass::Replay => Exit::ProofReplay,
        _ => Exit::Failed,
    }
}
