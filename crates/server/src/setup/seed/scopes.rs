//! The scopes of the Management API: what may be done, and to what.

/// Every scope as its name and what people read, in the order of their objects.
pub(super) fn every() -> impl Iterator<Item = (String, String)> {
    SCOPES.iter().flat_map(|(verbs, objects)| {
        let pairs = objects.iter().flat_map(|object| verbs.iter().map(move |verb| (*verb, *object)));
        pairs.map(|(verb, object)| (format!("{verb}:{object}"), words(verb, object)))
    })
}

/// `read:client_grants` in words.
fn words(verb: &str, object: &str) -> String {
    let mut words = verb.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words.push(' ');
    words.extend(object.chars().map(|c| if c == '_' { ' ' } else { c }));
    words
}

/// What may be done to which objects. Source: the operations of Auth0's Management API; a test holds this list
/// against them where they can be read.
const SCOPES: &[(&[&str], &[&str])] = &[
    (
        &["create", "read", "update", "delete"],
        &[
            "actions",
            "agents",
            "authentication_methods",
            "client_credentials",
            "client_grants",
            "client_keys",
            "clients",
            "connection_profiles",
            "connections",
            "custom_domains",
            "custom_signing_keys",
            "directory_provisionings",
            "email_provider",
            "encryption_keys",
            "event_streams",
            "experimentation",
            "flows",
            "flows_vault_connections",
            "forms",
            "hooks",
            "log_streams",
            "network_acls",
            "organization_clients",
            "organization_connections",
            "organization_discovery_domains",
            "organizations",
            "phone_providers",
            "phone_templates",
            "rate_limit_policies",
            "resource_servers",
            "roles",
            "rules",
            "scim_config",
            "self_service_profiles",
            "token_exchange_profiles",
            "user_attribute_profiles",
            "users",
            "users_app_metadata",
            "vdcs_templates",
        ],
    ),
    (
        &["create", "read", "delete"],
        &[
            "group_roles",
            "network_acl_keys",
            "organization_client_grants",
            "organization_group_roles",
            "organization_invitations",
            "organization_member_roles",
            "organization_members",
            "role_members",
            "scim_token",
        ],
    ),
    (&["create", "read", "update"], &["connections_keys", "email_templates", "signing_keys"]),
    (&["read", "update", "delete"], &["branding", "refresh_tokens", "rules_configs", "sessions"]),
    (&["create", "delete"], &["current_user_device_credentials", "sso_access_tickets"]),
    (
        &["read", "delete"],
        &[
            "anomaly_blocks",
            "current_user",
            "device_credentials",
            "federated_connections_tokens",
            "flows_executions",
            "grants",
            "groups",
            "guardian_enrollments",
        ],
    ),
    (
        &["read", "update"],
        &[
            "attack_protection",
            "event_deliveries",
            "guardian_factors",
            "mfa_policies",
            "prompts",
            "self_service_profile_custom_texts",
            "tenant_settings",
        ],
    ),
    (&["create"], &["guardian_enrollment_tickets", "user_tickets"]),
    (
        &["read"],
        &[
            "client_summary",
            "events",
            "group_members",
            "logs",
            "logs_users",
            "organization_groups",
            "organization_member_effective_roles",
            "organization_member_role_source_groups",
            "organizations_summary",
            "stats",
            "user_effective_permissions",
            "user_effective_roles",
            "user_idp_tokens",
            "user_permission_source_roles",
            "user_role_source_groups",
        ],
    ),
    (
        &["update"],
        &["client_token_vault_privileged_access", "current_user_identities", "current_user_metadata"],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn scopes_are_unlike_and_have_words() {
        let names: BTreeSet<String> = every().map(|(name, _)| name).collect();
        assert_eq!(names.len(), every().count());
        assert!(every().any(|scope| scope == ("read:client_grants".into(), "Read client grants".into())));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the contract is found by the environment")]
    fn every_operation_of_the_contract_finds_its_scopes() {
        let Some(contract) = std::env::var_os("KEYBOUND_CONTRACT") else {
            println!("skipped: KEYBOUND_CONTRACT is not set");
            return;
        };
        let path = std::path::Path::new(&contract).join("contract/management-ops.tsv");
        let text = std::fs::read_to_string(path).unwrap();
        let column = text.lines().next().unwrap().split('\t').position(|name| name == "scopes").unwrap();
        let names: BTreeSet<String> = every().map(|(name, _)| name).collect();
        let asked = text.lines().skip(1).filter_map(|line| line.split('\t').nth(column));
        let asked: BTreeSet<&str> = asked
            .flat_map(|scopes| scopes.split([',', '|', ' ']))
            .filter(|scope| !scope.is_empty())
            .collect();
        assert!(asked.len() > 200);
        let missing: Vec<_> = asked.into_iter().filter(|scope| !names.contains(*scope)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
