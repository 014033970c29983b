//! Into which category each code of the log falls, by which streams are filtered (Auth0's "Log Stream Filters").

/// The category of an entry of that code.
pub fn category(code: &str) -> &'static str {
    let of = |(_, codes): &&(&str, &[&str])| codes.contains(&code);
    CATEGORIES.iter().find(of).map_or("other", |(category, _)| category)
}

const CATEGORIES: &[(&str, &[&str])] = &[
    ("actions", &["actions_execution_failed"]),
    ("auth.login.fail", &["f", "fc", "fco", "fcoa", "fens", "fp", "fu"]),
    ("auth.login.notification", &["w"]),
    ("auth.login.success", &["s", "scoa", "sens"]),
    ("auth.logout.fail", &["flo", "oidc_backchannel_logout_failed"]),
    ("auth.logout.success", &["oidc_backchannel_logout_succeeded", "slo"]),
    ("auth.signup.fail", &["fs"]),
    ("auth.signup.success", &["ss"]),
    ("auth.silent_auth.fail", &["fsa"]),
    ("auth.silent_auth.success", &["ssa"]),
    (
        "auth.token_exchange.fail",
        &["feacft", "feccft", "fede", "feoobft", "feotpft", "fepft", "fepotpft", "fercft", "ferrt", "fertft"],
    ),
    (
        "auth.token_exchange.success",
        &["seacft", "seccft", "sede", "seoobft", "seotpft", "sepft", "sercft", "sertft"],
    ),
    ("management.fail", &["fapi"]),
    ("management.success", &["sapi", "mgmt_api_read"]),
    ("scim.event", &["sscim", "fscim"]),
    (
        "system.notification",
        &[
            "admin_update_launch",
            "api_limit",
            "coff",
            "con",
            "depnote",
            "fcpro",
            "fui",
            "limit_delegation",
            "limit_mu",
            "limit_wc",
            "sys_os_update_start",
            "sys_os_update_end",
            "sys_update_start",
            "sys_update_end",
        ],
    ),
    (
        "user.fail",
        &[
            "fce",
            "fcp",
            "fcpn",
            "fcpr",
            "fcu",
            "fd",
            "fdeaz",
            "fdecc",
            "fdu",
            "fn",
            "fv",
            "fvr",
            "ss_sso_failure",
        ],
    ),
    (
        "user.notification",
        &[
            "cs",
            "gd_enrollment_complete",
            "gd_start_enroll",
            "gd_unenroll",
            "gd_update_device_account",
            "ss_sso_info",
            "ublkdu",
        ],
    ),
    (
        "user.success",
        &["sce", "scp", "scpn", "scpr", "scu", "sdu", "srrt", "ss_sso_success", "sui", "sv", "svr"],
    ),
];
