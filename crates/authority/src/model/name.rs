//! Names of things that are easily mixed up, each with a type of its own.

use keybound_proto::identifier;

identifier! {
    /// What a token is for: a resource server's identifier. Auth0 lets it be any text, not only a URI.
    AudienceName, 600
}
identifier! {
    /// Where users come from: a connection's name.
    ConnectionName, 128
}
identifier! {
    /// A browser session as tokens name it (`sid`). Knowing it opens nothing: the cookie holds another secret.
    SessionId, 64
}
identifier! {
    /// The refresh tokens that descend from one grant.
    FamilyId, 64
}

identifier! {
    /// An organization as tokens name it (`org_id`).
    OrganizationId, 50
}

identifier! {
    /// An organization as addresses and people name it (`org_name`): in lower case, and never like an id.
    OrganizationName, 50
}

#[cfg(test)]
mod tests {
    use keybound_proto::id::IdError;

    use super::*;

    #[test]
    fn an_audience_may_be_any_text_that_prints() {
        assert!(AudienceName::parse("my api / v1").is_ok());
        assert_eq!(AudienceName::parse(""), Err(IdError::Empty));
        assert_eq!(AudienceName::parse("a\nb"), Err(IdError::Character));
        assert_eq!(AudienceName::parse("a\u{202E}b"), Err(IdError::Character));
        assert_eq!(AudienceName::parse(&"a".repeat(601)), Err(IdError::TooLong { found: 601, limit: 600 }));
    }
}
