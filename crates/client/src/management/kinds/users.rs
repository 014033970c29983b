//! What hangs on a user.

use http::Method;
use serde::Serialize;
use serde_json::json;

use super::{
    super::{Call, Collection, Members, Pages, Paging},
    apis::Permission,
    logs::Log,
    people::{AuthenticationMethod, Enrollment, Identity, RefreshToken, Session, User},
    roles::Role,
};

impl Collection<User> {
    /// Their roles.
    pub fn roles(&self, user: &str) -> Pages<Role> {
        self.pages(&[user, "roles"], Paging::Offset)
    }

    /// Gives them these roles.
    pub fn add_roles(&self, user: &str, roles: &[&str]) -> Call<()> {
        self.change(Method::POST, &[user, "roles"], &json!({ "roles": roles }))
    }

    /// Takes these roles from them.
    pub fn remove_roles(&self, user: &str, roles: &[&str]) -> Call<()> {
        self.change(Method::DELETE, &[user, "roles"], &json!({ "roles": roles }))
    }

    /// Their permissions, those of their roles too.
    pub fn permissions(&self, user: &str) -> Pages<Permission> {
        self.pages(&[user, "permissions"], Paging::Offset)
    }

    /// Permits them these.
    pub fn add_permissions(&self, user: &str, permissions: &[Permission]) -> Call<()> {
        self.change(Method::POST, &[user, "permissions"], &json!({ "permissions": permissions }))
    }

    /// Permits them these no more, but for what a role permits.
    pub fn remove_permissions(&self, user: &str, permissions: &[Permission]) -> Call<()> {
        self.change(Method::DELETE, &[user, "permissions"], &json!({ "permissions": permissions }))
    }

    /// What is logged of them.
    pub fn logs(&self, user: &str) -> Pages<Log> {
        self.pages(&[user, "logs"], Paging::Offset)
    }

    /// Their sessions.
    pub fn sessions(&self, user: &str) -> Pages<Session> {
        self.pages(&[user, "sessions"], Paging::Checkpoint)
    }

    /// Ends all their sessions.
    pub fn delete_sessions(&self, user: &str) -> Call<()> {
        self.remove(&[user, "sessions"])
    }

    /// Their refresh tokens.
    pub fn refresh_tokens(&self, user: &str) -> Pages<RefreshToken> {
        self.pages(&[user, "refresh-tokens"], Paging::Checkpoint)
    }

    /// Ends all their refresh tokens.
    pub fn delete_refresh_tokens(&self, user: &str) -> Call<()> {
        self.remove(&[user, "refresh-tokens"])
    }

    /// Ends what they have: all of it, one session by `session_id`, or sessions alone by `preserve_refresh_tokens`.
    pub fn revoke_access(&self, user: &str, which: &(impl Serialize + ?Sized)) -> Call<()> {
        self.change(Method::POST, &[user, "revoke-access"], which)
    }

    /// Makes another user, by `provider` and `user_id` or by the ID token in `link_with`, an identity of this one.
    pub fn link(&self, user: &str, other: &(impl Serialize + ?Sized)) -> Call<Vec<Identity>> {
        self.at(Method::POST, &[user, "identities"]).json(other)
    }

    /// Makes an identity a user of its own.
    pub fn unlink(&self, user: &str, provider: &str, identity: &str) -> Call<Vec<Identity>> {
        self.at(Method::DELETE, &[user, "identities", provider, identity])
    }

    /// How they can show who they are.
    pub fn authentication_methods(&self, user: &str) -> Pages<AuthenticationMethod> {
        self.pages(&[user, "authentication-methods"], Paging::Offset)
    }

    /// One of these.
    pub fn authentication_method(&self, user: &str, method: &str) -> Call<AuthenticationMethod> {
        self.at(Method::GET, &[user, "authentication-methods", method])
    }

    /// Gives them another.
    pub fn create_authentication_method(
        &self,
        user: &str,
        one: &(impl Serialize + ?Sized),
    ) -> Call<AuthenticationMethod> {
        self.at(Method::POST, &[user, "authentication-methods"]).json(one)
    }

    /// Gives them these in the place of all.
    pub fn replace_authentication_methods(
        &self,
        user: &str,
        all: &[AuthenticationMethod],
    ) -> Call<Vec<AuthenticationMethod>> {
        self.at(Method::PUT, &[user, "authentication-methods"]).json(all)
    }

    /// Changes one.
    pub fn update_authentication_method(
        &self,
        user: &str,
        method: &str,
        change: &(impl Serialize + ?Sized),
    ) -> Call<AuthenticationMethod> {
        self.at(Method::PATCH, &[user, "authentication-methods", method]).json(change)
    }

    /// Takes one from them.
    pub fn delete_authentication_method(&self, user: &str, method: &str) -> Call<()> {
        self.remove(&[user, "authentication-methods", method])
    }

    /// Takes all from them.
    pub fn delete_authentication_methods(&self, user: &str) -> Call<()> {
        self.remove(&[user, "authentication-methods"])
    }

    /// Takes all second factors from them.
    pub fn delete_authenticators(&self, user: &str) -> Call<()> {
        self.remove(&[user, "authenticators"])
    }

    /// Their second factors, as Guardian lists them.
    pub fn enrollments(&self, user: &str) -> Pages<Enrollment> {
        self.pages(&[user, "enrollments"], Paging::Whole)
    }

    /// Takes the second factor of a provider from them: `duo`, `google-authenticator`.
    pub fn delete_multifactor(&self, user: &str, provider: &str) -> Call<()> {
        self.remove(&[user, "multifactor", provider])
    }

    /// Has every browser asked for a second factor again.
    pub fn forget_browsers(&self, user: &str) -> Call<()> {
        let steps = [user, "multifactor", "actions", "invalidate-remember-browser"];
        self.at::<Members>(Method::POST, &steps).told_nothing()
    }

    /// Gives them another recovery code, told in `recovery_code`.
    pub fn regenerate_recovery_code(&self, user: &str) -> Call<Members> {
        self.at(Method::POST, &[user, "recovery-code-regeneration"])
    }

    fn change(&self, method: Method, steps: &[&str], body: &(impl Serialize + ?Sized)) -> Call<()> {
        self.at::<Members>(method, steps).json(body).told_nothing()
    }

    fn remove(&self, steps: &[&str]) -> Call<()> {
        self.at::<Members>(Method::DELETE, steps).told_nothing()
    }
}
