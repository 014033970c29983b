//! Nothing that is secret is ever logged.

#[cfg(test)]
mod logs;
