//! What a browser sees: requests in, whole responses out, through the real router.

#[cfg(test)]
mod administrator;
#[cfg(test)]
mod authorize;
#[cfg(test)]
mod backchannel_logout;
#[cfg(test)]
mod branding;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod client_documents;
#[cfg(test)]
mod consent;
#[cfg(test)]
#[path = "../lent/desk.rs"]
mod desk;
#[cfg(test)]
mod device;
#[cfg(test)]
#[path = "../lent/document.rs"]
mod document;
#[cfg(test)]
#[expect(dead_code, reason = "what misbehaves is met by the routes' tests")]
#[path = "../lent/documents_at.rs"]
mod documents_at;
#[cfg(test)]
mod enrolment_tickets;
#[cfg(test)]
#[path = "../factors/mod.rs"]
mod factors;
#[cfg(test)]
mod hygiene;
#[cfg(test)]
mod implicit;
#[cfg(test)]
mod invitations;
#[cfg(test)]
mod last_login;
#[cfg(test)]
#[path = "../lent/mod.rs"]
mod lent;
mod linked;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod managed_factors;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod organization_roles;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod pushed;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sign_up;
#[cfg(test)]
mod signed_answers;
#[cfg(test)]
mod signed_requests;
#[cfg(test)]
#[path = "../signing/mod.rs"]
mod signing;
#[cfg(test)]
mod throttle;
#[cfg(test)]
mod tickets;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod world;
