//! What the user is to be asked (OIDC Core §3.1.2.1).

use crate::request::InvalidRequest;

/// One thing the user may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// To log in, even when they are.
    Login,
    /// To consent, even when they have.
    Consent,
    /// To choose an account.
    SelectAccount,
    /// To create an account (Initiating User Registration §4).
    Create,
}

/// What a request says about asking the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Prompts {
    /// Ask what is needed.
    #[default]
    AsNeeded,
    /// Ask nothing; refuse when something would have to be asked (`none`).
    Nothing,
    /// Ask at least these.
    These(PromptSet),
}

/// At least one thing to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PromptSet(u8);

impl PromptSet {
    /// Whether this is to be asked.
    pub const fn contains(self, prompt: Prompt) -> bool {
        self.0 & bit(prompt) != 0
    }
}

impl Prompts {
    /// Reads the parameter: `none` tolerates no company, and what nobody defined is passed over.
    pub fn parse(text: &str) -> Result<Self, InvalidRequest> {
        let mut bits = 0;
        let (mut nothing, mut others) = (false, false);
        for word in text.split_whitespace() {
            nothing |= word == "none";
            others |= word != "none";
            bits |= match word {
                "login" => bit(Prompt::Login),
                "consent" => bit(Prompt::Consent),
                "select_account" => bit(Prompt::SelectAccount),
                "create" => bit(Prompt::Create),
                _ => 0,
            };
        }
        match (nothing, others) {
            (true, true) => Err(InvalidRequest::Prompt),
            (true, false) => Ok(Self::Nothing),
            (false, _) if bits == 0 => Ok(Self::AsNeeded),
            (false, _) => Ok(Self::These(PromptSet(bits))),
        }
    }

    /// As a parameter; `None` where nothing is to be said.
    ///
    /// ```
    /// use keybound_proto::request::authorization::Prompts;
    ///
    /// assert_eq!(Prompts::parse("consent login")?.to_text().as_deref(), Some("login consent"));
    /// assert_eq!(Prompts::AsNeeded.to_text(), None);
    /// # Ok::<(), keybound_proto::request::InvalidRequest>(())
    /// ```
    pub fn to_text(self) -> Option<String> {
        match self {
            Self::AsNeeded => None,
            Self::Nothing => Some("none".to_owned()),
            Self::These(set) => {
                let named = NAMES.iter().filter(|(prompt, _)| set.contains(*prompt));
                Some(named.map(|(_, name)| *name).collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// Whether this must be asked.
    pub const fn asks(self, prompt: Prompt) -> bool {
        match self {
            Self::These(set) => set.contains(prompt),
            Self::AsNeeded | Self::Nothing => false,
        }
    }

    /// Whether nothing may be asked.
    pub const fn forbids_asking(self) -> bool {
        matches!(self, Self::Nothing)
    }
}

const NAMES: [(Prompt, &str); 4] = [
    (Prompt::Login, "login"),
    (Prompt::Consent, "consent"),
    (Prompt::SelectAccount, "select_account"),
    (Prompt::Create, "create"),
];

const fn bit(prompt: Prompt) -> u8 {
    1 << prompt as u8
}
