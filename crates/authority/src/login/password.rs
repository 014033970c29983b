//! What a password must be.

use std::fmt;

/// How strong a password must be; Auth0's levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// At least one character.
    None,
    /// At least six characters.
    Low,
    /// At least eight characters: lower case, upper case and numbers.
    Fair,
    /// At least eight characters, of three kinds out of four.
    #[default]
    Good,
    /// At least ten characters, of three kinds out of four, and no three alike in a row.
    Excellent,
}

impl PasswordPolicy {
    /// Every level, from weak to strong.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Fair, Self::Good, Self::Excellent];

    /// Its name in a connection's settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Excellent => "excellent",
        }
    }

    /// The level of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == name)
    }

    /// Holds a password against each of its rules.
    pub fn judge(self, password: &str) -> Strength {
        let length = |least| Rule::new(Demand::Length(least), password.chars().count() >= least);
        Strength(match self {
            Self::None => vec![Rule::new(Demand::NotEmpty, !password.is_empty())],
            Self::Low => vec![length(6)],
            Self::Fair => vec![length(8), all(password)],
            Self::Good => vec![length(8), three(password)],
            Self::Excellent => {
                vec![length(10), three(password), Rule::new(Demand::NoRun, !has_run(password))]
            }
        })
    }
}

/// How a password stands against each rule of a policy. It does not hold the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength(Vec<Rule>);

impl Strength {
    /// Whether every rule is met.
    pub fn is_enough(&self) -> bool {
        self.0.iter().all(|rule| rule.met)
    }

    /// Each rule, in the order people read them.
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }
}

/// One rule, and whether a password meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What is demanded.
    pub demand: Demand,
    /// Whether it is met.
    pub met: bool,
    /// The kinds of characters it speaks of, each with whether it is there.
    pub kinds: Vec<(Kind, bool)>,
}

/// What one rule demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Each of the kinds.
    AllKinds,
    /// At least this many characters.
    Length(usize),
    /// No three alike in a row.
    NoRun,
    /// At least one character.
    NotEmpty,
    /// Three of the four kinds.
    ThreeKinds,
}

/// A kind of character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// a to z.
    LowerCase,
    /// 0 to 9.
    Number,
    /// Anything else that is printed.
    Special,
    /// A to Z.
    UpperCase,
}

impl Rule {
    fn new(demand: Demand, met: bool) -> Self {
        Self { demand, met, kinds: Vec::new() }
    }
}

impl Demand {
    /// Auth0's name for the rule.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AllKinds => "shouldContain",
            Self::Length(_) => "lengthAtLeast",
            Self::NoRun => "identicalChars",
            Self::NotEmpty => "nonEmpty",
            Self::ThreeKinds => "containsAtLeast",
        }
    }

    /// Auth0's wording, with its places for numbers.
    pub const fn message(self) -> &'static str {
        match self {
            Self::AllKinds => "Should contain:",
            Self::Length(_) => "At least %d characters in length",
            Self::NoRun => "No more than %d identical characters in a row (e.g., \"%s\" not allowed)",
            Self::NotEmpty => "Non-empty password required",
            Self::ThreeKinds => "Contain at least %d of the following %d types of characters:",
        }
    }

    /// What stands in those places.
    pub fn numbers(self) -> Vec<usize> {
        match self {
            Self::AllKinds | Self::NotEmpty => Vec::new(),
            Self::Length(least) => vec![least],
            Self::NoRun => vec![2],
            Self::ThreeKinds => vec![3, 4],
        }
    }

    /// The text that stands in the place for one.
    pub const fn example(self) -> Option<&'static str> {
        match self {
            Self::NoRun => Some("aaa"),
            _ => None,
        }
    }
}

impl Kind {
    /// Auth0's name for the kind.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LowerCase => "lowerCase",
            Self::Number => "numbers",
            Self::Special => "specialCharacters",
            Self::UpperCase => "upperCase",
        }
    }

    /// Auth0's wording.
    pub const fn message(self) -> &'static str {
        match self {
            Self::LowerCase => "lower case letters (a-z)",
            Self::Number => "numbers (i.e. 0-9)",
            Self::Special => "special characters (e.g. !@#$%^&*)",
            Self::UpperCase => "upper case letters (A-Z)",
        }
    }

    fn holds(self, c: char) -> bool {
        match self {
            Self::LowerCase => c.is_ascii_lowercase(),
            Self::Number => c.is_ascii_digit(),
            Self::Special => !c.is_ascii_alphanumeric(),
            Self::UpperCase => c.is_ascii_uppercase(),
        }
    }
}

/// The rule in words, with its numbers.
impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.message().to_owned();
        for number in self.numbers() {
            text = text.replacen("%d", &number.to_string(), 1);
        }
        f.write_str(&text.replacen("%s", self.example().unwrap_or_default(), 1))
    }
}

/// The whole policy in words, as a list: what Auth0 answers as `policy`.
impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.0.iter().enumerate() {
            let lead = if index == 0 { "* " } else { "\n* " };
            write!(f, "{lead}{}", rule.demand)?;
            for (index, (kind, _)) in rule.kinds.iter().enumerate() {
                let comma = if index + 1 == rule.kinds.len() { "" } else { "," };
                write!(f, "\n * {}{comma}", kind.message())?;
            }
        }
        Ok(())
    }
}

fn all(password: &str) -> Rule {
    let kinds = present(password, &[Kind::LowerCase, Kind::UpperCase, Kind::Number]);
    Rule { demand: Demand::AllKinds, met: kinds.iter().all(|(_, there)| *there), kinds }
}

fn three(password: &str) -> Rule {
    let kinds = present(password, &[Kind::LowerCase, Kind::UpperCase, Kind::Number, Kind::Special]);
    let there = kinds.iter().filter(|(_, there)| *there).count();
    Rule { demand: Demand::ThreeKinds, met: there >= 3, kinds }
}

fn present(password: &str, kinds: &[Kind]) -> Vec<(Kind, bool)> {
    kinds.iter().map(|kind| (*kind, password.chars().any(|c| kind.holds(c)))).collect()
}

fn has_run(password: &str) -> bool {
    let chars: Vec<char> = password.chars().collect();
    chars.windows(3).any(|window| matches!(window, [a, b, c] if a == b && b == c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_takes_what_is_strong_enough_and_nothing_else() {
        for (policy, enough, weak) in [
            (PasswordPolicy::None, &["x", " "][..], &[""][..]),
            (PasswordPolicy::Low, &["abcdef", "äöüäöü"], &["abcde", ""]),
            (
                PasswordPolicy::Fair,
                &["abcDEF12", "a1Bccccc"],
                &["abcDEF1", "abcdef12", "ABCDEF12", "abcDEFgh"],
            ),
            (
                PasswordPolicy::Good,
                &["abcdEF12", "abcdef1!", "ABCDEF1!", "abcDEF!!", "pass wörd1"],
                &["abcDEF1", "abcdefgh", "abcdef12"],
            ),
            (
                PasswordPolicy::Excellent,
                &["abcdEF1234", "aabbccdd1!"],
                &["abcdEF123", "abcdefghij", "aaabcdEF12"],
            ),
        ] {
            for password in enough {
                assert!(policy.judge(password).is_enough(), "{policy:?}: {password}");
            }
            for password in weak {
                assert!(!policy.judge(password).is_enough(), "{policy:?}: {password}");
            }
        }
    }

    #[test]
    fn every_level_is_found_by_its_name() {
        for policy in PasswordPolicy::ALL {
            assert_eq!(PasswordPolicy::parse(policy.as_str()), Some(policy));
        }
        assert_eq!(PasswordPolicy::parse("great"), None);
    }

    #[test]
    fn a_policy_reads_as_auth0_writes_it() {
        assert_eq!(
            PasswordPolicy::Good.judge("").to_string(),
            "* At least 8 characters in length\n\
             * Contain at least 3 of the following 4 types of characters:\n \
             * lower case letters (a-z),\n \
             * upper case letters (A-Z),\n \
             * numbers (i.e. 0-9),\n \
             * special characters (e.g. !@#$%^&*)"
        );
        assert_eq!(
            Demand::NoRun.to_string(),
            "No more than 2 identical characters in a row (e.g., \"aaa\" not allowed)"
        );
    }

    #[test]
    fn a_judgement_says_which_rules_are_met() {
        let strength = PasswordPolicy::Good.judge("Short1");
        let [length, kinds] = strength.rules() else { panic!("two rules") };
        assert_eq!((length.demand, length.met), (Demand::Length(8), false));
        assert!(kinds.met);
        let there: Vec<_> =
            kinds.kinds.iter().filter(|(_, there)| *there).map(|(kind, _)| kind.code()).collect();
        assert_eq!(there, ["lowerCase", "upperCase", "numbers"]);
    }
}
