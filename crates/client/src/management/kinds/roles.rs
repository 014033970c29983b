//! Roles: permissions under one name.

use http::Method;
use serde_json::json;

use super::{
    super::{
        Call, Collection, Members, Pages, Paging,
        collection::{collections, kind},
        document::document,
    },
    apis::Permission,
    people::User,
};

document! {
    /// Permissions under one name.
    Role {
        /// Its id.
        id: String,
        /// For people.
        name: String,
        /// For people.
        description: String,
    }
}

kind!(Role at ["roles"], by id, listed Offset: Readable Creatable Updatable Deletable);

collections! {
    /// Roles.
    roles: Role,
}

impl Collection<Role> {
    /// What it permits.
    pub fn permissions(&self, role: &str) -> Pages<Permission> {
        self.pages(&[role, "permissions"], Paging::Offset)
    }

    /// Lets it permit these too.
    pub fn add_permissions(&self, role: &str, permissions: &[Permission]) -> Call<()> {
        self.at::<Members>(Method::POST, &[role, "permissions"])
            .json(&json!({ "permissions": permissions }))
            .told_nothing()
    }

    /// Lets it permit these no more.
    pub fn remove_permissions(&self, role: &str, permissions: &[Permission]) -> Call<()> {
        self.at::<Members>(Method::DELETE, &[role, "permissions"])
            .json(&json!({ "permissions": permissions }))
            .told_nothing()
    }

    /// Who has it.
    pub fn users(&self, role: &str) -> Pages<User> {
        self.pages(&[role, "users"], Paging::Checkpoint)
    }

    /// Gives it to these users.
    pub fn add_users(&self, role: &str, users: &[&str]) -> Call<()> {
        self.at::<Members>(Method::POST, &[role, "users"]).json(&json!({ "users": users })).told_nothing()
    }
}
