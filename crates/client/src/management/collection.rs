//! Many things of one kind, and the verbs they have.

use std::marker::PhantomData;

use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use super::{Call, Management, Pages, Paging};

/// A kind of thing at the Management API.
pub trait Kind: Serialize + DeserializeOwned + Send + 'static {
    /// Where its collection is: one or two steps.
    const PATH: &'static [&'static str];

    /// What it is named by, where it says so.
    fn id(&self) -> Option<&str>;
}

/// A kind that is listed.
pub trait Listed: Kind {
    /// In which way.
    const PAGING: Paging;
}

/// A kind of which one is read by its name.
pub trait Readable: Kind {}

/// A kind of which one is made.
pub trait Creatable: Kind {}

/// A kind of which one is changed.
pub trait Updatable: Kind {}

/// A kind of which one is deleted.
pub trait Deletable: Kind {}

/// All things of one kind in a tenant.
#[derive(Debug)]
pub struct Collection<K> {
    pub(super) management: Management,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Collection<K> {
    pub(super) fn new(management: &Management) -> Self {
        Self { management: management.clone(), kind: PhantomData }
    }

    /// A request about one of them, and what hangs on it.
    pub(super) fn at<T: DeserializeOwned>(&self, method: Method, further: &[&str]) -> Call<T> {
        Call::new(&self.management, method, &[K::PATH, further].concat())
    }

    /// A list that hangs on one of them.
    pub(super) fn pages<T>(&self, further: &[&str], paging: Paging) -> Pages<T> {
        Pages::new(self.at::<serde_json::Value>(Method::GET, further), paging)
    }
}

impl<K: Listed> Collection<K> {
    /// All of them, or those a query names.
    pub fn list(&self) -> Pages<K> {
        self.pages(&[], K::PAGING)
    }
}

impl<K: Readable> Collection<K> {
    /// One of them.
    pub fn read(&self, id: &str) -> Call<K> {
        self.at(Method::GET, &[id])
    }
}

impl<K: Creatable> Collection<K> {
    /// Makes one: of a document of this kind, or of any JSON.
    pub fn create(&self, one: &(impl Serialize + ?Sized)) -> Call<K> {
        self.at(Method::POST, &[]).json(one)
    }
}

impl<K: Updatable> Collection<K> {
    /// Changes one: of a document of this kind, those members that it has; of any JSON, what it says, where `null`
    /// takes a member away.
    pub fn update(&self, id: &str, change: &(impl Serialize + ?Sized)) -> Call<K> {
        self.at(Method::PATCH, &[id]).json(change)
    }
}

impl<K: Deletable> Collection<K> {
    /// Deletes one. At Auth0 it is no error that there is none.
    pub fn delete(&self, id: &str) -> Call<()> {
        self.at::<serde_json::Value>(Method::DELETE, &[id]).told_nothing()
    }
}

/// What a kind is: where it is, what names it, how it is listed, which verbs it has.
macro_rules! kind {
    ($name:ident at $path:expr, by $id:ident $(, listed $paging:ident)? $(: $($verb:ident)+)?) => {
        impl $crate::management::Kind for $name {
            const PATH: &'static [&'static str] = &$path;

            fn id(&self) -> Option<&str> {
                self.$id.as_deref()
            }
        }
        $(impl $crate::management::Listed for $name {
            const PAGING: $crate::management::Paging = $crate::management::Paging::$paging;
        })?
        $($(impl $crate::management::$verb for $name {})+)?
    };
}

/// How a collection is asked for.
macro_rules! collections {
    ($($(#[$told:meta])* $name:ident: $kind:ty,)*) => {
        impl $crate::management::Management {
            $($(#[$told])* pub fn $name(&self) -> $crate::management::Collection<$kind> {
                $crate::management::Collection::new(self)
            })*
        }
    };
}

pub(super) use {collections, kind};
