//! What a password must be.

/// How strong a password must be; Auth0's levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// At least one character.
    None,
    /// At least six characters.
    Low,
    /// At least eight characters, of three kinds.
    Fair,
    /// At least eight characters, of three kinds out of four.
    #[default]
    Good,
    /// At least ten characters, of three kinds out of four, and no three alike in a row.
    Excellent,
}
