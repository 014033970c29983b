//! A web app over our own server: what its users, its pages and its attackers see.

#[cfg(test)]
mod backchannel;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod signing_out;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod world;
