//! A certificate authority for this machine alone, and a certificate of it for this run.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use keybound_client::{Ambient, System};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use super::folder::Folder;
use crate::{error::Failure, exit::Exit};

const DAY: u64 = 86_400;

/// What TLS on this machine needs: files for the server, an acceptor for the demo, and the root for clients.
pub(super) struct Certificates {
    /// The root certificate's file: what is to be trusted.
    pub(super) root: PathBuf,
    /// The root certificate, PEM.
    pub(super) root_pem: String,
    /// The certificate for `localhost`, PEM file.
    pub(super) certificate: PathBuf,
    /// Its key, PEM file.
    pub(super) key: PathBuf,
    /// For the demo's own listeners.
    pub(super) acceptor: TlsAcceptor,
}

/// Finds or makes the authority, and makes a certificate for this run: its key is never older than the process.
///
/// The authority is constrained to this machine's names: trusting it trusts it for `localhost`, not for the world.
pub(super) fn prepare(folder: &Folder) -> Result<Certificates, Failure> {
    let authority = match folder.read("ca-key.pem")? {
        Some(pem) => Issuer::new(authority_params(), KeyPair::from_pem(&pem).map_err(refuse)?),
        None => {
            let key = KeyPair::generate().map_err(refuse)?;
            let certificate = authority_params().self_signed(&key).map_err(refuse)?;
            folder.keep("ca.pem", &certificate.pem())?;
            folder.keep("ca-key.pem", &key.serialize_pem())?;
            Issuer::new(authority_params(), key)
        }
    };
    let key = KeyPair::generate().map_err(refuse)?;
    let certificate = leaf_params().map_err(refuse)?.signed_by(&key, &authority).map_err(refuse)?;
    folder.keep("localhost.pem", &certificate.pem())?;
    folder.keep("localhost-key.pem", &key.serialize_pem())?;
    let root_pem = folder.read("ca.pem")?.ok_or_else(|| {
        Failure::new(Exit::Tls, "use the local CA: ca-key.pem is there, ca.pem is not")
            .hint("remove both to start anew")
    })?;
    Ok(Certificates {
        root: folder.file("ca.pem"),
        root_pem,
        certificate: folder.file("localhost.pem"),
        key: folder.file("localhost-key.pem"),
        acceptor: acceptor(&certificate.pem(), &key.serialize_pem())?,
    })
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Keybound local CA (this machine only)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::V4([127, 0, 0, 0], [255, 0, 0, 0])),
            GeneralSubtree::IpAddress(CidrSubnet::V6(std::net::Ipv6Addr::LOCALHOST.octets(), [255; 16])),
        ],
        excluded_subtrees: Vec::new(),
    });
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2045, 1, 1);
    params
}

fn leaf_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::from([127, 0, 0, 1])),
        SanType::IpAddress(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)),
    ];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = u64::try_from(System.now().as_unix()).unwrap_or_default();
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(now.saturating_sub(DAY));
    // Browsers refuse certificates that live longer than 398 days.
    params.not_after = epoch + Duration::from_secs(now.saturating_add(390 * DAY));
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn acceptor(chain: &str, key: &str) -> Result<TlsAcceptor, Failure> {
    let unusable =
        |problem: String| Failure::new(Exit::Tls, format!("use the certificate just made: {problem}"));
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| unusable(error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn refuse(error: rcgen::Error) -> Failure {
    Failure::new(Exit::Tls, format!("make a certificate: {error}"))
}
