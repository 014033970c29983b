//! `keybound keys`: the key tokens are bound to, made, shown, read in and written out.

use std::{io::Read as _, path::Path};

use keybound_client::{
    key::KeyPair,
    proto::{jose::Alg, secret::Secret},
};
use serde_json::{Value, json};

use super::{administer, asking::done, kept::Kept};
use crate::{
    args::asking::{Export, Generate, Import, KeyFormat, Keys, Kind, Place, Show},
    error::Failure,
    exit::Exit,
    output,
};

/// Does what was asked of the key.
pub(crate) fn run(keys: &Keys) -> Result<Exit, Failure> {
    match keys {
        Keys::Generate(arguments) => generate(arguments),
        Keys::Show(arguments) => show(arguments),
        Keys::Import(arguments) => import(arguments),
        Keys::Export(arguments) => export(arguments),
        Keys::List(of) => administer::signing_keys(&of.access, of.format),
        Keys::Rotate(arguments) => {
            administer::rotate(&arguments.signing.access, arguments.signing.format, arguments.force)
        }
        Keys::Revoke(arguments) => {
            let of = &arguments.signing;
            administer::revoke(&arguments.kid, &of.access, of.format, arguments.force)
        }
    }
}

fn generate(arguments: &Generate) -> Result<Exit, Failure> {
    let alg = match arguments.alg {
        Kind::Es256 => Alg::Es256,
        Kind::Es384 => Alg::Es384,
        Kind::EdDsa => Alg::EdDsa,
        Kind::Ps256 => Alg::Ps256,
    };
    let key = KeyPair::generate(alg).map_err(|error| unusable("make a key", &error))?;
    keep(&arguments.place, &key, arguments.replace)?;
    told(&key, arguments.json);
    Ok(Exit::Done)
}

fn show(arguments: &Show) -> Result<Exit, Failure> {
    let of = &arguments.signing;
    if let Some(kid) = &arguments.kid {
        return administer::signing_key(kid, &of.access, of.format);
    }
    told(&kept(&of.access.place)?, of.format.json);
    Ok(Exit::Done)
}

fn import(arguments: &Import) -> Result<Exit, Failure> {
    let text = text(&arguments.file)?;
    let read =
        if text.reveal().trim_start().starts_with('{') { KeyPair::from_jwk } else { KeyPair::from_pem };
    let key = read(text.reveal()).map_err(|error| unusable("import the key", &error))?;
    keep(&arguments.place, &key, arguments.replace)?;
    told(&key, false);
    Ok(Exit::Done)
}

fn export(arguments: &Export) -> Result<Exit, Failure> {
    let key = kept(&arguments.place)?;
    let written = match arguments.format {
        KeyFormat::Env => key.environment_lines(),
        KeyFormat::Pem => key.to_pem(),
        KeyFormat::Jwk => key.to_jwk().map(|jwk| Secret::new(format!("{}\n", jwk.reveal()))),
    };
    output::result(written.map_err(|error| unusable("export the key", &error))?.reveal());
    Ok(Exit::Done)
}

fn keep(place: &Place, key: &KeyPair, replace: bool) -> Result<(), Failure> {
    done(async {
        let store = Kept::at(place).await?.keys();
        let there = store.load(&place.profile).await;
        // What is to be replaced need not be a key any more.
        if !replace && there.map_err(|error| unusable("look for a key", &error))?.is_some() {
            let taken = format!("keep the key: {} has one", place.profile);
            return Err(Failure::new(Exit::Key, taken)
                .hint("--replace puts the new one in its place, --profile NAME keeps both"));
        }
        store.save(&place.profile, key).await.map_err(|error| unusable("keep the key", &error))
    })
}

fn kept(place: &Place) -> Result<KeyPair, Failure> {
    let key = done(async {
        let store = Kept::at(place).await?.keys();
        store.load(&place.profile).await.map_err(|error| unusable("read the key", &error))
    })?;
    key.ok_or_else(|| {
        Failure::new(Exit::Key, format!("find a key: {} has none", place.profile))
            .hint("`keybound keys generate` makes one")
    })
}

fn text(file: &Path) -> Result<Secret<String>, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let failed = |error| Failure::new(Exit::Key, format!("read {}: {error}", file.display()));
    read.map(Secret::new).map_err(failed)
}

fn told(key: &KeyPair, as_json: bool) {
    let (alg, thumbprint, public) = (key.alg().name(), key.thumbprint().to_string(), key.public().to_json());
    output::result(&if as_json {
        let told: Value = json!({ "alg": alg, "thumbprint": thumbprint, "public": public });
        format!("{told:#}\n")
    } else {
        format!("algorithm   {alg}\nthumbprint  {thumbprint}\npublic      {public}\n")
    });
}

fn unusable<E: std::fmt::Display>(act: &str, error: &E) -> Failure {
    Failure::new(Exit::Key, format!("{act}: {error}"))
}
