//! What Auth0 has and this server does not: asked for, it says so, in the shape that tools can go on from.
//!
//! A list of what there is none of is empty, where tools look at every list they know. Anything else is refused by name.

use crate::operation::Method::{self, *};

/// What is answered to who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A list of that name in which there is nothing; a plain one where it has no name.
    Empty(&'static str),
    /// There is none.
    Missing,
    /// The same as the first, and a plain list unless more is asked for.
    Paged(&'static str),
    /// This server does not do that.
    Refused,
}

use Answer::{Empty, Missing, Paged, Refused};

/// The scopes of an operation that is not done here, any of which opens it, and what it answers.
pub fn find(method: &str, path: &str) -> Option<(&'static [&'static str], Answer)> {
    let path = path.strip_prefix("/api/v2")?;
    let fits = |known: &str| {
        let (mut known, mut asked) = (known.split('/'), path.split('/'));
        loop {
            match (known.next(), asked.next()) {
                (None, None) => return true,
                (Some(name), Some(step)) if name == step || (name.starts_with('{') && !step.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let method = if method == "HEAD" { "GET" } else { method };
    let row = TABLE.iter().find(|(known, at, ..)| known.as_str() == method && fits(at))?;
    Some((row.2, row.3))
}

/// Their methods, paths and scopes.
type Row = (Method, &'static str, &'static [&'static str], Answer);

const TABLE: &[Row] = &[
    (Post, "/branding/phone/providers/{id}/try", &["create:phone_providers"], Refused),
    (Post, "/branding/phone/templates/{id}/try", &["create:phone_templates"], Refused),
    (Delete, "/keys/custom-signing", &["delete:custom_signing_keys"], Refused),
    (Get, "/keys/custom-signing", &["read:custom_signing_keys"], Refused),
    (Put, "/keys/custom-signing", &["create:custom_signing_keys", "update:custom_signing_keys"], Refused),
    (Post, "/keys/encryption/{kid}", &["update:encryption_keys"], Refused),
    (Post, "/keys/encryption/{kid}/wrapping-key", &["create:encryption_keys"], Refused),
    (Get, "/agents", &["read:agents"], Empty("agents")),
    (Post, "/agents", &["create:agents"], Refused),
    (Delete, "/agents/{id}", &["delete:agents"], Refused),
    (Get, "/agents/{id}", &["read:agents"], Refused),
    (Patch, "/agents/{id}", &["update:agents"], Refused),
    (Post, "/clients/cimd/preview", &["read:clients"], Refused),
    (Post, "/clients/cimd/register", &["create:clients", "update:clients"], Refused),
    (Get, "/clients/search", &["read:clients", "read:client_summary"], Refused),
    (Get, "/connection-profiles", &["read:connection_profiles"], Empty("connection_profiles")),
    (Post, "/connection-profiles", &["create:connection_profiles"], Refused),
    (Get, "/connection-profiles/templates", &["read:connection_profiles"], Refused),
    (Get, "/connection-profiles/templates/{id}", &["read:connection_profiles"], Refused),
    (Delete, "/connection-profiles/{id}", &["delete:connection_profiles"], Refused),
    (Get, "/connection-profiles/{id}", &["read:connection_profiles"], Refused),
    (Patch, "/connection-profiles/{id}", &["update:connection_profiles"], Refused),
    (Delete, "/connections/{id}/directory-provisioning", &["delete:directory_provisionings"], Refused),
    (Get, "/connections/{id}/directory-provisioning", &["read:directory_provisionings"], Missing),
    (Patch, "/connections/{id}/directory-provisioning", &["update:directory_provisionings"], Refused),
    (Post, "/connections/{id}/directory-provisioning", &["create:directory_provisionings"], Refused),
    (
        Get,
        "/connections/{id}/directory-provisioning/default-mapping",
        &["read:directory_provisionings"],
        Refused,
    ),
    (
        Post,
        "/connections/{id}/directory-provisioning/synchronizations",
        &["create:directory_provisionings"],
        Refused,
    ),
    (
        Delete,
        "/connections/{id}/directory-provisioning/synchronized-groups",
        &["update:directory_provisionings"],
        Refused,
    ),
    (
        Get,
        "/connections/{id}/directory-provisioning/synchronized-groups",
        &["read:directory_provisionings"],
        Refused,
    ),
    (
        Post,
        "/connections/{id}/directory-provisioning/synchronized-groups",
        &["update:directory_provisionings"],
        Refused,
    ),
    (
        Put,
        "/connections/{id}/directory-provisioning/synchronized-groups",
        &["update:directory_provisionings"],
        Refused,
    ),
    (Delete, "/connections/{id}/scim-configuration", &["delete:scim_config"], Refused),
    (Get, "/connections/{id}/scim-configuration", &["read:scim_config"], Missing),
    (Patch, "/connections/{id}/scim-configuration", &["update:scim_config"], Refused),
    (Post, "/connections/{id}/scim-configuration", &["create:scim_config"], Refused),
    (Get, "/connections/{id}/scim-configuration/default-mapping", &["read:scim_config"], Refused),
    (Get, "/connections/{id}/scim-configuration/tokens", &["read:scim_token"], Refused),
    (Post, "/connections/{id}/scim-configuration/tokens", &["create:scim_token"], Refused),
    (Delete, "/connections/{id}/scim-configuration/tokens/{tokenId}", &["delete:scim_token"], Refused),
    (
        Get,
        "/connections-directory-provisionings",
        &["read:directory_provisionings"],
        Empty("directory_provisionings"),
    ),
    (Get, "/connections-scim-configurations", &["read:scim_config"], Empty("scim_configurations")),
    (Get, "/event-streams", &["read:event_streams"], Empty("eventStreams")),
    (Post, "/event-streams", &["create:event_streams"], Refused),
    (Delete, "/event-streams/{id}", &["delete:event_streams"], Refused),
    (Get, "/event-streams/{id}", &["read:event_streams"], Refused),
    (Patch, "/event-streams/{id}", &["update:event_streams"], Refused),
    (Get, "/event-streams/{id}/deliveries", &["read:event_streams", "read:event_deliveries"], Refused),
    (Get, "/event-streams/{id}/deliveries/{event_id}", &["read:event_deliveries"], Refused),
    (Post, "/event-streams/{id}/redeliver", &["update:event_deliveries"], Refused),
    (Post, "/event-streams/{id}/redeliver/{event_id}", &["update:event_deliveries"], Refused),
    (Post, "/event-streams/{id}/test", &["update:event_streams"], Refused),
    (Get, "/events", &["read:events"], Refused),
    (Get, "/experimentation/experiments", &["read:experimentation"], Empty("experiments")),
    (Post, "/experimentation/experiments", &["create:experimentation"], Refused),
    (Delete, "/experimentation/experiments/{id}", &["delete:experimentation"], Refused),
    (Get, "/experimentation/experiments/{id}", &["read:experimentation"], Refused),
    (Patch, "/experimentation/experiments/{id}", &["update:experimentation"], Refused),
    (Post, "/experimentation/experiments/{id}/status", &["update:experimentation"], Refused),
    (Post, "/experimentation/experiments/{id}/validate", &["read:experimentation"], Refused),
    (Get, "/experimentation/feature-flags", &["read:experimentation"], Empty("feature_flags")),
    (Post, "/experimentation/feature-flags", &["create:experimentation"], Refused),
    (Delete, "/experimentation/feature-flags/{id}", &["delete:experimentation"], Refused),
    (Get, "/experimentation/feature-flags/{id}", &["read:experimentation"], Refused),
    (Patch, "/experimentation/feature-flags/{id}", &["update:experimentation"], Refused),
    (Post, "/experimentation/feature-flags/{id}/status", &["update:experimentation"], Refused),
    (Get, "/experimentation/feature-flags/{id}/variations", &["read:experimentation"], Refused),
    (Post, "/experimentation/feature-flags/{id}/variations", &["create:experimentation"], Refused),
    (Delete, "/experimentation/feature-flags/{id}/variations/{vid}", &["delete:experimentation"], Refused),
    (Get, "/experimentation/feature-flags/{id}/variations/{vid}", &["read:experimentation"], Refused),
    (Patch, "/experimentation/feature-flags/{id}/variations/{vid}", &["update:experimentation"], Refused),
    (Get, "/experimentation/segments", &["read:experimentation"], Empty("segments")),
    (Post, "/experimentation/segments", &["create:experimentation"], Refused),
    (Delete, "/experimentation/segments/{id}", &["delete:experimentation"], Refused),
    (Get, "/experimentation/segments/{id}", &["read:experimentation"], Refused),
    (Patch, "/experimentation/segments/{id}", &["update:experimentation"], Refused),
    (Get, "/flows", &["read:flows"], Paged("flows")),
    (Post, "/flows", &["create:flows"], Refused),
    (Get, "/flows/vault/connections", &["read:flows_vault_connections"], Paged("connections")),
    (Post, "/flows/vault/connections", &["create:flows_vault_connections"], Refused),
    (Delete, "/flows/vault/connections/{id}", &["delete:flows_vault_connections"], Refused),
    (Get, "/flows/vault/connections/{id}", &["read:flows_vault_connections"], Refused),
    (Patch, "/flows/vault/connections/{id}", &["update:flows_vault_connections"], Refused),
    (Get, "/flows/{flow_id}/executions", &["read:flows_executions"], Refused),
    (Delete, "/flows/{flow_id}/executions/{execution_id}", &["delete:flows_executions"], Refused),
    (Get, "/flows/{flow_id}/executions/{execution_id}", &["read:flows_executions"], Refused),
    (Delete, "/flows/{id}", &["delete:flows"], Refused),
    (Get, "/flows/{id}", &["read:flows"], Refused),
    (Patch, "/flows/{id}", &["update:flows"], Refused),
    (Get, "/forms", &["read:forms"], Paged("forms")),
    (Post, "/forms", &["create:forms"], Refused),
    (Delete, "/forms/{id}", &["delete:forms"], Refused),
    (Get, "/forms/{id}", &["read:forms"], Refused),
    (Patch, "/forms/{id}", &["update:forms"], Refused),
    (Get, "/groups", &["read:groups"], Paged("groups")),
    (Delete, "/groups/{id}", &["delete:groups"], Refused),
    (Get, "/groups/{id}", &["read:groups"], Refused),
    (Get, "/groups/{id}/members", &["read:group_members"], Refused),
    (Delete, "/groups/{id}/roles", &["delete:group_roles"], Refused),
    (Get, "/groups/{id}/roles", &["read:group_roles"], Refused),
    (Post, "/groups/{id}/roles", &["create:group_roles"], Refused),
    (Get, "/keys/network-acls", &["read:network_acl_keys"], Refused),
    (Post, "/keys/network-acls", &["create:network_acl_keys"], Refused),
    (Delete, "/keys/network-acls/{id}", &["delete:network_acl_keys"], Refused),
    (Get, "/keys/network-acls/{id}", &["read:network_acl_keys"], Refused),
    (Get, "/network-acls", &["read:network_acls"], Paged("network_acls")),
    (Post, "/network-acls", &["create:network_acls"], Refused),
    (Delete, "/network-acls/{id}", &["delete:network_acls"], Refused),
    (Get, "/network-acls/{id}", &["read:network_acls"], Refused),
    (Patch, "/network-acls/{id}", &["update:network_acls"], Refused),
    (Put, "/network-acls/{id}", &["update:network_acls"], Refused),
    (
        Get,
        "/organizations/{id}/members/{user_id}/effective-roles",
        &["read:organization_member_effective_roles"],
        Refused,
    ),
    (
        Get,
        "/organizations/{id}/members/{user_id}/effective-roles/sources/groups",
        &["read:organization_member_role_source_groups"],
        Refused,
    ),
    (Get, "/organizations/{organization_id}/groups", &["read:organization_groups"], Refused),
    (
        Delete,
        "/organizations/{organization_id}/groups/{group_id}/roles",
        &["delete:organization_group_roles"],
        Refused,
    ),
    (
        Get,
        "/organizations/{organization_id}/groups/{group_id}/roles",
        &["read:organization_group_roles"],
        Refused,
    ),
    (
        Post,
        "/organizations/{organization_id}/groups/{group_id}/roles",
        &["create:organization_group_roles"],
        Refused,
    ),
    (
        Get,
        "/organizations/{organization_id}/roles/{role_id}/groups",
        &["read:roles", "read:organization_groups"],
        Refused,
    ),
    (Get, "/rate-limit-policies", &["read:rate_limit_policies"], Empty("rate_limit_policies")),
    (Post, "/rate-limit-policies", &["create:rate_limit_policies"], Refused),
    (Delete, "/rate-limit-policies/{id}", &["delete:rate_limit_policies"], Refused),
    (Get, "/rate-limit-policies/{id}", &["read:rate_limit_policies"], Refused),
    (Patch, "/rate-limit-policies/{id}", &["update:rate_limit_policies"], Refused),
    (Delete, "/roles/{id}/groups", &["delete:group_roles"], Refused),
    (Get, "/roles/{id}/groups", &["read:group_roles"], Refused),
    (Post, "/roles/{id}/groups", &["create:group_roles"], Refused),
    (Get, "/self-service-profiles", &["read:self_service_profiles"], Paged("self_service_profiles")),
    (Post, "/self-service-profiles", &["create:self_service_profiles"], Refused),
    (Delete, "/self-service-profiles/{id}", &["delete:self_service_profiles"], Refused),
    (Get, "/self-service-profiles/{id}", &["read:self_service_profiles"], Refused),
    (Patch, "/self-service-profiles/{id}", &["update:self_service_profiles"], Refused),
    (
        Get,
        "/self-service-profiles/{id}/custom-text/{language}/{page}",
        &["read:self_service_profile_custom_texts"],
        Refused,
    ),
    (
        Put,
        "/self-service-profiles/{id}/custom-text/{language}/{page}",
        &["update:self_service_profile_custom_texts"],
        Refused,
    ),
    (Post, "/self-service-profiles/{id}/sso-ticket", &["create:sso_access_tickets"], Refused),
    (
        Post,
        "/self-service-profiles/{profileId}/sso-ticket/{id}/revoke",
        &["delete:sso_access_tickets"],
        Refused,
    ),
    (Get, "/supplemental-signals", &["read:attack_protection"], Refused),
    (Patch, "/supplemental-signals", &["update:attack_protection"], Refused),
    (Get, "/user-attribute-profiles", &["read:user_attribute_profiles"], Empty("user_attribute_profiles")),
    (Post, "/user-attribute-profiles", &["create:user_attribute_profiles"], Refused),
    (Get, "/user-attribute-profiles/templates", &["read:user_attribute_profiles"], Refused),
    (Get, "/user-attribute-profiles/templates/{id}", &["read:user_attribute_profiles"], Refused),
    (Delete, "/user-attribute-profiles/{id}", &["delete:user_attribute_profiles"], Refused),
    (Get, "/user-attribute-profiles/{id}", &["read:user_attribute_profiles"], Refused),
    (Patch, "/user-attribute-profiles/{id}", &["update:user_attribute_profiles"], Refused),
    (Get, "/users/{id}/connected-accounts", &["read:users"], Empty("connected_accounts")),
    (Get, "/users/{id}/effective-permissions", &["read:user_effective_permissions"], Refused),
    (
        Get,
        "/users/{id}/effective-permissions/sources/effective-roles",
        &["read:user_permission_source_roles"],
        Refused,
    ),
    (Get, "/users/{id}/effective-roles", &["read:user_effective_roles"], Refused),
    (Get, "/users/{id}/effective-roles/sources/groups", &["read:user_role_source_groups"], Empty("groups")),
    (Get, "/users/{id}/federated-connections-tokensets", &["read:federated_connections_tokens"], Empty("")),
    (
        Delete,
        "/users/{id}/federated-connections-tokensets/{tokenset_id}",
        &["delete:federated_connections_tokens"],
        Refused,
    ),
    (Get, "/users/{id}/groups", &["read:groups"], Empty("groups")),
    (Post, "/users/{id}/risk-assessments/clear", &["update:users"], Refused),
    (Get, "/verifiable-credentials/verification/templates", &["read:vdcs_templates"], Empty("templates")),
    (Post, "/verifiable-credentials/verification/templates", &["create:vdcs_templates"], Refused),
    (Delete, "/verifiable-credentials/verification/templates/{id}", &["delete:vdcs_templates"], Refused),
    (Get, "/verifiable-credentials/verification/templates/{id}", &["read:vdcs_templates"], Refused),
    (Patch, "/verifiable-credentials/verification/templates/{id}", &["update:vdcs_templates"], Refused),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_operation_is_found_by_its_steps_and_a_fixed_one_before_a_named_one() {
        assert_eq!(find("GET", "/api/v2/flows"), Some((&["read:flows"] as &[_], Paged("flows"))));
        assert_eq!(find("HEAD", "/api/v2/flows"), find("GET", "/api/v2/flows"));
        assert_eq!(
            find("GET", "/api/v2/flows/vault/connections").map(|row| row.1),
            Some(Paged("connections"))
        );
        assert_eq!(find("DELETE", "/api/v2/forms/x").map(|row| row.1), Some(Refused));
        for nothing in ["/api/v2/flow", "/api/v2/flows/", "/api/v2/flows/x/y/z", "/flows", "/api/v2"] {
            assert_eq!(find("GET", nothing), None, "{nothing}");
        }
    }

    /// By the same path; of two that fit a request, a route goes before what is said here.
    #[test]
    fn what_is_done_is_not_said_to_be_undone() {
        let nameless = |path: &str| {
            let steps = path.split('/').map(|step| if step.starts_with('{') { "x" } else { step });
            steps.collect::<Vec<_>>().join("/")
        };
        let undone: BTreeSet<(&str, String)> = TABLE
            .iter()
            .map(|(method, path, ..)| (method.as_str(), nameless(&format!("/api/v2{path}"))))
            .collect();
        for row in crate::operation::all() {
            let done = (row.method.as_str(), nameless(row.path));
            assert!(!undone.contains(&done), "{done:?}");
        }
    }
}
