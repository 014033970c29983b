//! The command, run as a person at a terminal runs it.

#[cfg(test)]
mod administering;
#[cfg(test)]
mod applying;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod dev;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod login;
#[cfg(test)]
mod login_apis;
#[cfg(test)]
mod login_device;
#[cfg(test)]
mod login_refused;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod person;
#[cfg(test)]
mod place;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod run;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod tailing;
#[cfg(test)]
mod trying;
