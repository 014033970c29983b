//! What must cross threads where there are threads: a browser has one, and its keys stay on it.

use std::{future::Future, pin::Pin};

/// `Send + Sync`, except in a browser.
#[cfg(not(target_arch = "wasm32"))]
pub trait Both: Send + Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + Sync + ?Sized> Both for T {}

/// `Send + Sync`, except in a browser.
#[cfg(target_arch = "wasm32")]
pub trait Both {}
#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> Both for T {}

/// `Send`, except in a browser.
#[cfg(not(target_arch = "wasm32"))]
pub trait Movable: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + ?Sized> Movable for T {}

/// `Send`, except in a browser.
#[cfg(target_arch = "wasm32")]
pub trait Movable {}
#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> Movable for T {}

/// A future in a box, for traits that are used as objects.
#[cfg(not(target_arch = "wasm32"))]
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A future in a box, for traits that are used as objects.
#[cfg(target_arch = "wasm32")]
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
