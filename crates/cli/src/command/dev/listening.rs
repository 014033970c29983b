//! The ports of `keybound dev`: taken before anything else happens, on every address `localhost` may mean.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use crate::error::Failure;

/// One port, and the listeners that hold it.
#[derive(Debug)]
pub(super) struct Listening {
    port: u16,
    listeners: Vec<TcpListener>,
}

impl Listening {
    /// Takes an address; where that is 127.0.0.1 and `localhost` means `::1` too, takes both. `flag` chose it.
    pub(super) fn take(addr: SocketAddr, flag: &str) -> Result<Self, Failure> {
        let first = TcpListener::bind(addr).map_err(|error| Failure::listening(addr, &error, flag))?;
        let port = first.local_addr().map_err(|error| Failure::listening(addr, &error, flag))?.port();
        let mut listeners = vec![first];
        if addr.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) && is_localhost_v6_too() {
            let also = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
            match TcpListener::bind(also) {
                Ok(listener) => listeners.push(listener),
                // A host without IPv6 may still name ::1 in its files; somebody else on it is another matter.
                Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => {}
                Err(error) => return Err(Failure::listening(also, &error, flag)),
            }
        }
        Ok(Self { port, listeners })
    }

    /// The port, also when any would have done.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The addresses, the one asked for first.
    pub(super) fn addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// The listeners themselves.
    pub(super) fn into_listeners(self) -> Vec<TcpListener> {
        self.listeners
    }
}

/// The address so many ports further; port 0 stays "any".
pub(super) fn after(addr: SocketAddr, offset: u16) -> SocketAddr {
    match addr.port() {
        0 => addr,
        port => SocketAddr::new(addr.ip(), port.saturating_add(offset)),
    }
}

fn is_localhost_v6_too() -> bool {
    let mut meanings = ("localhost", 0).to_socket_addrs().into_iter().flatten();
    meanings.any(|addr| addr.ip() == IpAddr::V6(Ipv6Addr::LOCALHOST))
}
