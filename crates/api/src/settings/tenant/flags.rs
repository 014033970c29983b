//! What is switched on and off for a whole tenant.

use crate::field::{Field, Scalar, Shape};

/// Whether first-party clients on this machine are spared the question for consent: ours, Auth0 has no such flag.
pub(super) const LOCALHOST: &str = "skip_consent_on_localhost";

/// Every flag. Some that Auth0's document does not name are in what its tenants tell, and come back from there.
pub(super) const FLAGS: &[Field] = &[
    Field::obeyed("enable_dynamic_client_registration", Shape::Flag),
    Field::obeyed("enable_public_signup_user_exists_error", Shape::Flag),
    Field::obeyed("revoke_refresh_token_grant", Shape::Flag),
    Field::obeyed(LOCALHOST, Shape::Flag),
    off("allow_changing_enable_sso"),
    off("allow_legacy_delegation_grant_types"),
    off("allow_legacy_ro_grant_types"),
    off("allow_legacy_tokeninfo_endpoint"),
    off("allow_other_legacy_grant_types"),
    off("cannot_change_enforce_client_authentication_on_passwordless_start"),
    off("change_pwd_flow_v1"),
    off("custom_domains_provisioning"),
    off("dashboard_insights_view"),
    off("dashboard_log_streams_next"),
    off("dashboard_new_onboarding"),
    // Nobody frames a page of ours who may not, whatever this says.
    off("disable_clickjack_protection_headers"),
    off("disable_fields_map_fix"),
    always("disable_impersonation"),
    always("disable_management_api_sms_obfuscation"),
    off("enable_adfs_waad_email_verification"),
    off("enable_apis_section"),
    always("enable_client_connections"),
    off("enable_custom_domain_in_emails"),
    off("enable_idtoken_api2"),
    off("enable_legacy_logs_search_v2"),
    off("enable_legacy_profile"),
    always("enable_pipeline2"),
    always("enable_sso"),
    off("enforce_client_authentication_on_passwordless_start"),
    off("genai_trial"),
    off("improved_signup_bot_detection_in_classic"),
    off("mfa_show_factor_list_on_enrollment"),
    always("new_universal_login_experience_enabled"),
    off("no_disclose_enterprise_connections"),
    off("remove_alg_from_jwks"),
    off("require_pushed_authorization_requests"),
    off("require_signed_request_object"),
    off("trust_azure_adfs_email_verified_connection_property"),
    always("universal_login"),
    off("use_scope_descriptions_for_consent"),
];

/// A flag that is off here, whatever it says.
const fn off(name: &'static str) -> Field {
    Field { nullable: false, ..Field::inert(name, Shape::Flag, &[]) }
}

/// A flag that is on here, whatever it says.
const fn always(name: &'static str) -> Field {
    Field { nullable: false, ..Field::inert(name, Shape::Flag, &[Scalar::Flag(true)]) }
}
