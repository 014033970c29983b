//! The suites: one name each, and what it needs.

/// What a suite needs of the machine beyond Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// PostgreSQL and Redis, and cargo alone.
    Rust,
    /// PostgreSQL and Redis, and the server's tests with their worlds on what is named.
    World(&'static str),
    /// A PKCS#11 token without hardware, and a keyring without a desktop.
    Token,
    /// Node.js with the pinned packages.
    Node,
    /// The same, for a tool that thinks for a minute before it begins.
    SlowNode,
    /// Node.js, PostgreSQL and Redis.
    NodeAndDatabases,
    /// The same, and what asks as fast as it can.
    NodeAndStorm,
    /// Node.js and our example programs.
    NodeAndExamples,
    /// The same by a newer Node.js than the machine may have.
    NewerNodeAndExamples,
    /// The same, with a browser and what makes certificates.
    NewerNodeAndBrowser,
    /// Node.js, and Python with the pinned judges.
    Python,
    /// Node.js and a browser.
    Browser,
    /// Node.js, a browser, and a page of the client's in WebAssembly.
    BrowserPage,
    /// Node.js, a browser, and an app of Next.js.
    BrowserAndNext,
    /// Node.js, a browser, and what tells it whom to trust.
    TrustingBrowser,
}

impl Needs {
    /// How many milliseconds a file of tests may take: thousands of requests that Python makes up take a while.
    pub(crate) const fn patience(self) -> u32 {
        match self {
            Self::Python | Self::SlowNode => 900_000,
            _ => 240_000,
        }
    }
}

/// A group of tests that can be run alone.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) needs: Needs,
    pub(crate) what: &'static str,
}

/// Every suite, in the order they run. A Node suite is the file of its name under `conformance/`.
pub(crate) const SUITES: &[Suite] = &[
    Suite { name: "rust", needs: Needs::Rust, what: "every Rust test, on SQLite, PostgreSQL and Redis" },
    Suite {
        name: "server-postgres",
        needs: Needs::World("postgres"),
        what: "the server's tests again, on PostgreSQL",
    },
    Suite {
        name: "server-redis",
        needs: Needs::World("postgres-redis"),
        what: "the server's tests again, on PostgreSQL with Redis for moments",
    },
    Suite {
        name: "keys",
        needs: Needs::Token,
        what: "keys and tokens in a keyring (Secret Service), keys and the master key in PKCS#11 (SoftHSM)",
    },
    Suite { name: "auth0-spa-js", needs: Needs::Browser, what: "@auth0/auth0-spa-js in Chromium" },
    Suite { name: "auth0-react", needs: Needs::Browser, what: "@auth0/auth0-react in an app in Chromium" },
    Suite { name: "auth0-vue", needs: Needs::Browser, what: "@auth0/auth0-vue in an app in Chromium" },
    Suite {
        name: "auth0-angular",
        needs: Needs::Browser,
        what: "@auth0/auth0-angular in an app in Chromium",
    },
    Suite {
        name: "nextjs-auth0",
        needs: Needs::BrowserAndNext,
        what: "@auth0/nextjs-auth0 in a Next.js app, by both routers, in Chromium",
    },
    Suite { name: "pages", needs: Needs::Browser, what: "the sign-in pages, as only a browser can tell" },
    Suite { name: "demo-page", needs: Needs::Browser, what: "the demo page, as a person and as a thief" },
    Suite {
        name: "command-line",
        needs: Needs::Browser,
        what: "the command line's people in Chromium, at our server and at npm oidc-provider",
    },
    Suite {
        name: "browser-keys",
        needs: Needs::BrowserPage,
        what: "the client's keys of WebCrypto in Chromium, against our server and our guard",
    },
    Suite {
        name: "tls",
        needs: Needs::TrustingBrowser,
        what: "keybound dev --tls, in a Chromium that trusts its CA",
    },
    Suite {
        name: "openid-client",
        needs: Needs::Node,
        what: "npm openid-client: code and client credentials",
    },
    Suite { name: "oauth4webapi", needs: Needs::Node, what: "npm oauth4webapi: code and client credentials" },
    Suite {
        name: "oauth4webapi-fapi",
        needs: Needs::Node,
        what: "npm oauth4webapi as FAPI 2.0 has it: pushed and signed requests, private_key_jwt, DPoP, iss",
    },
    Suite {
        name: "atproto-oauth-client-node",
        needs: Needs::NewerNodeAndBrowser,
        what: "npm @atproto/oauth-client-node in Chromium: clients that describe themselves, and a guarded data server",
    },
    Suite {
        name: "authrim-core",
        needs: Needs::Node,
        what: "npm @authrim/core: discovery, pushed requests, devices and its DPoP API",
    },
    Suite { name: "auth0-auth-js", needs: Needs::Node, what: "@auth0/auth0-auth-js over TLS" },
    Suite {
        name: "auth0-server-js",
        needs: Needs::Node,
        what: "@auth0/auth0-server-js over TLS: a web server with sessions",
    },
    Suite {
        name: "node-auth0",
        needs: Needs::Node,
        what: "npm auth0 over TLS: its AuthenticationClient (auth0/legacy) and ManagementClient",
    },
    Suite {
        name: "auth0-management",
        needs: Needs::Node,
        what: "npm auth0 over TLS: an administrator's day, from an empty tenant to a token that is bound to a key",
    },
    Suite {
        name: "auth0-python",
        needs: Needs::Python,
        what: "PyPI auth0-python over TLS: an administrator's day in Python",
    },
    Suite {
        name: "auth0-deploy-cli",
        needs: Needs::SlowNode,
        what: "npm auth0-deploy-cli over TLS: a server becomes the tenant of a file, and another one that of its export",
    },
    Suite {
        name: "recordings",
        needs: Needs::Python,
        what: "recorded traffic of Auth0's clients, played to our server",
    },
    Suite {
        name: "requests-oauth2client",
        needs: Needs::Python,
        what: "PyPI requests-oauth2client over TLS: DPoP, pushed requests, signing clients, devices",
    },
    Suite { name: "authlib", needs: Needs::Python, what: "PyPI Authlib over TLS, as a client" },
    Suite {
        name: "auth0-api-python",
        needs: Needs::Python,
        what: "PyPI auth0-api-python, an API in front of our bound tokens",
    },
    Suite {
        name: "schemathesis",
        needs: Needs::Python,
        what: "PyPI schemathesis and openapi-spec-validator: our OpenAPI document, and the server by it",
    },
    Suite {
        name: "express-oauth2-jwt-bearer",
        needs: Needs::Node,
        what: "a foreign API in front of our bound tokens",
    },
    Suite {
        name: "jsonwebtoken",
        needs: Needs::Node,
        what: "npm jsonwebtoken with jwks-rsa verifies our tokens",
    },
    Suite {
        name: "oidc-provider",
        needs: Needs::NodeAndExamples,
        what: "our client against npm oidc-provider, with a foreign API",
    },
    Suite {
        name: "mcp",
        needs: Needs::NewerNodeAndExamples,
        what: "our client in the authorization scenarios of npm @modelcontextprotocol/conformance",
    },
    Suite {
        name: "process",
        needs: Needs::NodeAndDatabases,
        what: "restarts, kill -9, two processes on one database",
    },
    Suite {
        name: "faults",
        needs: Needs::NodeAndStorm,
        what: "kill -9 under load, a full disk, a database away for ten seconds",
    },
];

/// Prints the names.
pub(crate) fn list() {
    for suite in SUITES {
        println!("{:<26} {}", suite.name, suite.what);
    }
}
