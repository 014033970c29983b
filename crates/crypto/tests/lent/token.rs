//! Empty tokens in the library that the suite `keys` names.

use std::{env, path::PathBuf, sync::Mutex};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    session::UserType,
    slot::Slot,
    types::AuthPin,
};

pub(crate) const PIN: &str = "us3r-pin";

/// An empty token of this name in the library the suite `keys` names. A library is opened once, and told to make one
/// token at a time.
pub(crate) fn empty(label: &str) -> Option<(PathBuf, Slot, Pkcs11)> {
    static OPENED: Mutex<Option<Pkcs11>> = Mutex::new(None);
    #[expect(clippy::disallowed_methods, reason = "the suite tells where the library is")]
    let library = PathBuf::from(env::var_os("KEYBOUND_PKCS11")?);
    let mut opened = OPENED.lock().unwrap();
    let context = opened.get_or_insert_with(|| {
        let context = Pkcs11::new(&library).unwrap();
        context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        context
    });
    let slot = *context.get_slots_with_token().unwrap().last().unwrap();
    let officer = AuthPin::from("officer-pin");
    context.init_token(slot, &officer, label).unwrap();
    let slots = context.get_slots_with_initialized_token().unwrap();
    let is_named = |slot: &Slot| context.get_token_info(*slot).unwrap().label() == label;
    let slot = slots.into_iter().find(is_named).unwrap();
    let session = context.open_rw_session(slot).unwrap();
    session.login(UserType::So, Some(&officer)).unwrap();
    session.init_pin(&AuthPin::from(PIN)).unwrap();
    session.logout().unwrap();
    drop(session);
    Some((library, slot, context.clone()))
}
