//! The second factor: when it is owed, and whether what was shown is taken.

use keybound_proto::time::Lifetime;

use crate::Refusal;
use crate::model::factor::{Authenticator, FactorKind, FactorPolicy, Factors, Wanted};

/// Who signs in, and what is wanted of them.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What the tenant wants of everybody.
    pub policy: &'a FactorPolicy,
    /// Whether this request wants more than that: by `acr_values`, or since it is about factors themselves.
    pub wanted: Wanted,
    /// What the user has.
    pub held: &'a [Authenticator],
    /// What they showed so far.
    pub showed: Factors,
    /// Whether a letter reaches them.
    pub letters: Letters,
}

/// Whether a letter reaches a user: one leaves, and their address is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// It does.
    Arrive,
    /// It does not, or reaches who knows whom.
    Lost,
}

/// What somebody still owes who showed one factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owed {
    /// To enrol one of these and show it: they have none.
    Enrol(Vec<FactorKind>),
    /// Nothing.
    Nothing,
    /// To show one of these.
    Show(Vec<FactorKind>),
}

impl Owed {
    /// What they may show or enrol.
    pub fn kinds(&self) -> &[FactorKind] {
        match self {
            Self::Enrol(kinds) | Self::Show(kinds) => kinds,
            Self::Nothing => &[],
        }
    }
}

/// Decides what somebody still owes.
///
/// Whoever has a factor must show one; it is only who never had any that may enrol with a password alone. Where a
/// factor is wanted and none can be had, nobody comes in: a policy that cannot be met is no reason to pass over it.
///
/// A letter is had by everybody who has a factor already, without enrolling it (Auth0's email factor, a backup of the
/// others); it is enrolled by who has nothing else.
pub fn owed(asked: &Asked<'_>) -> Result<Owed, Refusal> {
    // A recovery code stands in for a factor, and is none.
    let holds = asked.held.iter().any(|held| held.is_confirmed() && held.kind.stands_alone());
    let wanted = [asked.policy.when, asked.wanted].into_iter().any(|when| match when {
        Wanted::Always => true,
        Wanted::Never => false,
        Wanted::OfHolders => holds,
    });
    if !wanted || asked.showed == Factors::Two {
        return Ok(Owed::Nothing);
    }
    let confirmed = |kind: &FactorKind| match kind {
        FactorKind::Email => holds && asked.letters == Letters::Arrive,
        _ => asked.held.iter().any(|held| held.kind == *kind && held.is_confirmed()),
    };
    let kinds = asked.policy.kinds;
    let show: Vec<_> = kinds.iter().filter(confirmed).collect();
    if !show.is_empty() {
        return Ok(Owed::Show(show));
    }
    let can = |kind: &FactorKind| *kind != FactorKind::Email || asked.letters == Letters::Arrive;
    let enrol: Vec<_> = kinds.iter().filter(|kind| kind.stands_alone()).filter(can).collect();
    // Enrolling another would be a way round the one that was switched off.
    if enrol.is_empty() || holds {
        return Err(Refusal::NoFactor);
    }
    Ok(Owed::Enrol(enrol))
}

/// Says whether digits are taken that belong to that time step, if they belong to any near now.
///
/// RFC 6238 §5.2: a step is good once, and none before one that was used is good at all.
pub fn take(authenticator: &Authenticator, step: Option<i64>) -> Result<i64, Refusal> {
    let step = step.ok_or(Refusal::WrongFactor)?;
    match authenticator.last_step {
        Some(last) if step <= last => Err(Refusal::FactorUsed),
        _ => Ok(step),
    }
}

/// How many wrong codes one user's authenticators take, wherever they come from: whoever gets to try has the password
/// already, so that nobody else can lock anybody out. RFC 4226 §7.3.
pub const TRIES: u64 = 10;

/// In which time.
pub const WINDOW: Lifetime = Lifetime::seconds(86_400);

/// Says whether another try is let through, after so many that were wrong.
pub fn admit(wrong: u64) -> Result<(), Refusal> {
    if wrong < TRIES { Ok(()) } else { Err(Refusal::FactorLocked) }
}

#[cfg(test)]
mod tests {
    use keybound_proto::id::Subject;
    use keybound_proto::time::Timestamp;

    use super::*;
    use crate::model::factor::{AuthenticatorId, FactorKinds};

    fn has(kind: FactorKind, confirmed: Option<i64>) -> Authenticator {
        Authenticator {
            id: AuthenticatorId::parse("totp|dev_1").unwrap(),
            subject: Subject::parse("auth0|1").unwrap(),
            kind,
            enrolled_at: Timestamp::from_unix(1),
            confirmed_at: confirmed.map(Timestamp::from_unix),
            last_step: None,
        }
    }

    fn policy(kinds: &[FactorKind]) -> FactorPolicy {
        FactorPolicy { when: Wanted::Always, kinds: kinds.iter().copied().collect() }
    }

    fn asks(policy: &FactorPolicy, held: &[Authenticator]) -> Result<Owed, Refusal> {
        reached(policy, held, Letters::Lost)
    }

    fn reached(policy: &FactorPolicy, held: &[Authenticator], letters: Letters) -> Result<Owed, Refusal> {
        owed(&Asked { policy, wanted: Wanted::Never, held, showed: Factors::One, letters })
    }

    use FactorKind::{Email, Otp, RecoveryCode};

    #[test]
    fn who_has_a_factor_shows_it_and_who_has_none_enrols_one() {
        let both = policy(&[Otp, RecoveryCode]);
        assert_eq!(asks(&both, &[]), Ok(Owed::Enrol(vec![Otp])));
        assert_eq!(asks(&both, &[has(Otp, None)]), Ok(Owed::Enrol(vec![Otp])));
        let held = [has(RecoveryCode, Some(5)), has(Otp, Some(5))];
        assert_eq!(asks(&both, &held), Ok(Owed::Show(vec![Otp, RecoveryCode])));
        assert_eq!(asks(&policy(&[Otp]), &held), Ok(Owed::Show(vec![Otp])));
    }

    /// An administrator may give a recovery code to who has nothing else.
    #[test]
    fn a_recovery_code_alone_lets_in_and_keeps_nobody_from_enrolling() {
        let held = [has(RecoveryCode, Some(5))];
        assert_eq!(asks(&policy(&[Otp, RecoveryCode]), &held), Ok(Owed::Show(vec![RecoveryCode])));
        assert_eq!(asks(&policy(&[Otp]), &held), Ok(Owed::Enrol(vec![Otp])));
    }

    #[test]
    fn a_policy_that_cannot_be_met_lets_nobody_in() {
        assert_eq!(asks(&policy(&[]), &[]), Err(Refusal::NoFactor));
        assert_eq!(asks(&policy(&[RecoveryCode]), &[]), Err(Refusal::NoFactor));
        // The factor was switched off: the lost code still does, enrolling anew does not.
        let held = [has(Otp, Some(5))];
        assert_eq!(asks(&policy(&[]), &held), Err(Refusal::NoFactor));
        let recovery = [has(Otp, Some(5)), has(RecoveryCode, Some(5))];
        assert_eq!(asks(&policy(&[RecoveryCode]), &recovery), Ok(Owed::Show(vec![RecoveryCode])));
    }

    #[test]
    fn nothing_is_owed_twice_or_without_a_policy_unless_the_request_wants_it() {
        let both = policy(&[Otp, RecoveryCode]);
        let (held, letters) = (&[], Letters::Lost);
        let asked = Asked { policy: &both, wanted: Wanted::Never, held, showed: Factors::Two, letters };
        assert_eq!(owed(&asked), Ok(Owed::Nothing));
        let never = FactorPolicy { when: Wanted::Never, ..both };
        let held = [has(Otp, Some(5))];
        assert_eq!(asks(&never, &held), Ok(Owed::Nothing));
        let asked =
            Asked { policy: &never, wanted: Wanted::Always, held: &held, showed: Factors::One, letters };
        assert_eq!(owed(&asked), Ok(Owed::Show(vec![Otp])));
        let holders = |held| owed(&Asked { wanted: Wanted::OfHolders, held, ..asked });
        assert_eq!(holders(&held), Ok(Owed::Show(vec![Otp])));
        assert_eq!(holders(&[]), Ok(Owed::Nothing));
    }

    /// Auth0's email factor: whoever has another has it too, as long as letters reach them.
    #[test]
    fn a_letter_will_do_where_it_arrives_for_who_has_a_factor_or_enrols_it_as_the_first() {
        let all = policy(&[Otp, Email, RecoveryCode]);
        let held = [has(Otp, Some(5))];
        assert_eq!(reached(&all, &held, Letters::Arrive), Ok(Owed::Show(vec![Otp, Email])));
        assert_eq!(reached(&all, &held, Letters::Lost), Ok(Owed::Show(vec![Otp])));
        assert_eq!(reached(&all, &[], Letters::Arrive), Ok(Owed::Enrol(vec![Otp, Email])));
        assert_eq!(reached(&all, &[], Letters::Lost), Ok(Owed::Enrol(vec![Otp])));
        let own = [has(Email, Some(5))];
        assert_eq!(reached(&all, &own, Letters::Arrive), Ok(Owed::Show(vec![Email])));
        // An address that is not theirs any more is no way in, and neither is enrolling something else instead.
        assert_eq!(reached(&all, &own, Letters::Lost), Err(Refusal::NoFactor));
        assert_eq!(reached(&policy(&[Otp]), &held, Letters::Arrive), Ok(Owed::Show(vec![Otp])));
    }

    /// RFC 6238 §5.2.
    #[test]
    fn a_time_step_is_good_once_and_none_before_it_after_that() {
        let used = Authenticator { last_step: Some(7), ..has(Otp, Some(5)) };
        assert_eq!(take(&used, Some(8)), Ok(8));
        assert_eq!(take(&used, Some(7)), Err(Refusal::FactorUsed));
        assert_eq!(take(&used, Some(6)), Err(Refusal::FactorUsed));
        assert_eq!(take(&used, None), Err(Refusal::WrongFactor));
        assert_eq!(take(&has(Otp, None), Some(6)), Ok(6));
    }

    #[test]
    fn ten_wrong_codes_are_the_end_of_it() {
        assert_eq!(admit(9), Ok(()));
        assert_eq!(admit(10), Err(Refusal::FactorLocked));
        assert!(FactorKinds::default().iter().next().is_none());
    }
}
