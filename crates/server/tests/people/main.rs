//! What a browser sees: requests in, whole responses out, through the real router over SQLite in memory.

mod authorize;
mod consent;
mod hygiene;
mod logout;
mod modes;
mod prompts;
mod redirects;
mod sign_in;
mod sign_up;
mod throttle;
mod world;
