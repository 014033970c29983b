//! Ways to get tokens that take more than one request.

mod ask;
#[cfg(feature = "web")]
mod browser;
mod ciba;
mod code;
mod depart;
mod device;
mod jarm;
#[cfg(feature = "web")]
mod log_in;
#[cfg(feature = "web")]
mod loopback;
mod polling;
mod request_object;
mod transactions;

pub use ask::{Answer, Ask};
#[cfg(feature = "web")]
pub use browser::open as open_browser;
pub use ciba::{CibaAsk, CibaHint, CibaStart};
pub(crate) use code::address;
pub use code::{Chance, CodeFlow};
pub use depart::{Address, Departure, Push, Pushed};
pub use device::{DeviceAsk, DeviceStart};
#[cfg(feature = "web")]
pub use log_in::{log_in, log_in_by_browser};
#[cfg(feature = "web")]
pub use loopback::Loopback;
pub use polling::Polling;
pub use transactions::{MemoryTransactions, TransactionStore, Transactions};
