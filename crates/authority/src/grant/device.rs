//! Redeeming what a person elsewhere answers: a device code (RFC 8628 §3.4, §3.5), a call (CIBA Core §10.1, §11).

use keybound_proto::id::ClientId;

use super::code::{self, Code, give};
use super::{Circumstances, Verdict};
use crate::Refusal;
use crate::model::client::GrantKind;
use crate::model::digest::RefreshDigest;

/// What is known of the code that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A user said yes: what was agreed waits to be redeemed as an authorization code does, or was.
    Answered(Box<code::Found>),
    /// A device of this client still waits, or did.
    Asked {
        /// Which client.
        client: ClientId,
        /// How far its user has come.
        progress: Progress,
    },
    /// There is no such code.
    Unknown,
}

/// How far the user of a device has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// They said no.
    Declined,
    /// They took too long.
    Expired,
    /// They have not answered.
    Pending,
}

/// Decides what comes of a device code, or of a call.
///
/// Whose it is and which key it is bound to are looked at before anything is given away or taken back: whoever has the
/// code alone can neither use it nor revoke what it issued.
pub fn redeem(
    grant: GrantKind,
    found: Found,
    next: RefreshDigest,
    around: &Circumstances<'_>,
) -> Result<Verdict, Refusal> {
    around.may(grant)?;
    let (code, reused) = match found {
        Found::Answered(answer) => match *answer {
            code::Found::Fresh(code) => (code, false),
            code::Found::Spent(code) => (code, true),
            code::Found::Unknown => return Err(Refusal::UnknownGrant),
        },
        Found::Asked { client, .. } if client != around.client.id => return Err(Refusal::NotYours),
        Found::Asked { progress, .. } => return Err(refusal(progress)),
        Found::Unknown => return Err(Refusal::UnknownGrant),
    };
    let Code { client, jkt, expires_at, .. } = &code;
    if *client != around.client.id {
        return Err(Refusal::NotYours);
    }
    around.holds(jkt.as_ref())?;
    if *expires_at <= around.now {
        return Err(Refusal::NeverAnswered);
    }
    if reused {
        return Ok(Verdict::RevokeFamily { family: code.family, refusal: Refusal::Reused });
    }
    give(grant, code, next, around)
}

const fn refusal(progress: Progress) -> Refusal {
    match progress {
        Progress::Declined => Refusal::Declined,
        Progress::Expired => Refusal::NeverAnswered,
        Progress::Pending => Refusal::NotAnswered,
    }
}
