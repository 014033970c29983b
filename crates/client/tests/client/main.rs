//! The client against servers that misbehave on purpose: rows CL01 to CL19 of the conformance list.

mod code;
mod log_in;
mod resource;
mod token;
mod web;
mod wire;
