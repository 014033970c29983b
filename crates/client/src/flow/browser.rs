//! Opening the browser of whoever sits at this machine, with the command its system has for that.

use std::process::{Command, Stdio};

use crate::ClientError;

/// Opens an address in the user's browser. Nothing is printed, and nobody waits for the browser to be closed.
///
/// Where there is none, or none that shows (over SSH, in a container), that is [`ClientError::Browser`] if the
/// system says so: show the address to the user then, or use the device flow.
pub fn open(url: &str) -> Result<(), ClientError> {
    // The address is an argument of its own: no shell reads it.
    if !(url.starts_with("https://") || url.starts_with("http://")) || url.chars().any(char::is_control) {
        return Err(ClientError::Browser);
    }
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|_| ClientError::Browser)?;
    // Somebody has to wait for it, or it stays as a zombie for as long as we live.
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(target_os = "macos")]
const OPENER: (&str, &[&str]) = ("open", &[]);
#[cfg(target_os = "windows")]
const OPENER: (&str, &[&str]) = ("rundll32", &["url.dll,FileProtocolHandler"]);
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
const OPENER: (&str, &[&str]) = ("xdg-open", &[]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_opened() {
        for other in ["file:///etc/passwd", "javascript:alert(1)", "-version", "", "https://a\n"] {
            assert!(matches!(open(other), Err(ClientError::Browser)), "{other}");
        }
    }
}
